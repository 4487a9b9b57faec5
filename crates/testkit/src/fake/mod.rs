//! A vendor of our own invention, and the provider for it.
//!
//! [`FakeVendor`] is the vendor: a service in memory behind [`idv_core::Transport`], with state, signed webhooks and
//! faults to order. [`FakeProvider`] speaks to it as a provider crate speaks to a real vendor, in the same rooms,
//! and takes the same exam. Its start makes two calls, so that a crash between them can be tried; its webhooks
//! carry no time, so that replay protection rests on the deduplication key alone.
//!
//! ```
//! use idv_core::{Depth, IdProvider, RequestId, StartSession, Started, Status, SubjectRef};
//! use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};
//! use idv_testkit::{ManualClock, MemoryCheckpoint};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let clock = ManualClock::noon();
//! let vendor = FakeVendor::new(clock.clone());
//! let provider = FakeProvider::new(FakeOptions::default(), vendor.clone());
//!
//! let intent = StartSession::new(
//!     RequestId::new(ManualClock::NOON),
//!     SubjectRef::new("subject-1"),
//!     "key-1",
//!     ManualClock::NOON,
//! );
//! let started = provider.start(&intent, &mut MemoryCheckpoint::new()).await.unwrap();
//! let Started::Created(session) = started else { panic!("another intent's session") };
//!
//! vendor.move_to(&session.session_id, FakeState::Approved);
//! let webhook = vendor.webhook(&session.session_id);
//! let event = provider.interpret(&provider.verify(&webhook).await.unwrap()).unwrap();
//! assert_eq!(event.payload.unwrap().status, Some(Status::Passed));
//!
//! let snapshot = provider.fetch(&session.session_id, Depth::Verdict).await.unwrap();
//! assert_eq!(snapshot.mapped.status, Some(Status::Passed));
//! # });
//! ```

mod abilities;
mod books;
mod client;
mod error;
mod evidence;
mod fault;
mod list;
mod map;
mod provider;
mod retry;
mod vendor;
mod webhook;
mod webhook_admin;
mod wire;

pub use evidence::{FRONT, FakeContent, FakeEnd, REPORT, REPORT_RETRY_AFTER};
pub use fault::{Effect, Fault, Outcome};
pub use map::mapping_rows;
pub use provider::{FakeOptions, FakeProvider};
pub use vendor::FakeVendor;
pub use webhook::{CURRENT_SECRET, PREVIOUS_SECRET, SIGNATURE_HEADER, sign};
pub use wire::FakeState;

#[cfg(test)]
mod tests;
