//! The life of one session: told by the simulated vendor, or made here where a test posts it at a time of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use idv_simulator::stripe::{API_KEY, Account, Session};

use super::company::told;
use super::gateway::{Gateway, now_unix_secs};
use super::vendor::{Manner, Vendor};

/// A session of this subject passes, and the vendor tells the gateway that.
pub(crate) async fn hears_of_a_pass(gateway: &Gateway, subject: &str) {
    let vendor = another_vendor().await;
    vendor.send_only(&["verified"], &gateway.webhook_url());
    vendor.verify(&vendor.make_session(subject));
    told(&vendor).await;
}

/// A session of this subject is made, and the vendor tells the gateway that.
pub(crate) async fn hears_of_a_beginning(gateway: &Gateway, subject: &str) {
    let vendor = another_vendor().await;
    vendor.send_only(&["created"], &gateway.webhook_url());
    vendor.make_session(subject);
    told(&vendor).await;
}

/// Sessions and accounts made by this process, so that each has an id of its own.
static SESSIONS: AtomicU32 = AtomicU32::new(0);

/// An account whose sessions have ids that no other account's have.
async fn another_vendor() -> Vendor {
    let seed = SESSIONS.fetch_add(1, Ordering::Relaxed).into();
    Vendor::of(Account::simulated().with_seed(seed), API_KEY, Manner::Well).await
}

/// One session of one subject.
pub(crate) struct Story {
    session: Session,
    now: i64,
}

impl Story {
    pub(crate) fn of(subject: &str) -> Self {
        let now = now_unix_secs() - 60;
        let id = format!("vs_{}", SESSIONS.fetch_add(1, Ordering::Relaxed));
        Self {
            session: Session::new(id, now).for_reference(subject),
            now,
        }
    }

    /// The event of a pass.
    pub(crate) fn verified(mut self) -> Vec<u8> {
        self.session.submit(self.now + 1).unwrap();
        self.session.verify(self.now + 2).unwrap().body
    }

    /// The event of a session that waits for its subject.
    pub(crate) fn created(mut self) -> Vec<u8> {
        self.session.created(self.now).body
    }

    /// Made, handed in, failed, handed in again, passed.
    pub(crate) fn whole_life(mut self) -> Vec<Vec<u8>> {
        let (session, now) = (&mut self.session, self.now);
        vec![
            session.created(now).body,
            session.submit(now + 10).unwrap().body,
            session.fail(now + 20, "document_expired").unwrap().body,
            session.submit(now + 30).unwrap().body,
            session.verify(now + 40).unwrap().body,
        ]
    }
}
