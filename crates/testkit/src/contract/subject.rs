//! What the contract must know about a provider to examine it.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request};
use idv_core::{Clock, ErrorKind, IdProvider, StartSession, StepKind, Timestamp, Transport};

use crate::replay::Answer;

/// A provider that takes the exam. No method has a default that makes the exam easier: leaving something out must be
/// a decision.
pub trait ContractSubject: Sync {
    /// The provider, as configured for the exam: with credentials, and with the webhook keys of
    /// [`Signer::Current`] and [`Signer::Previous`].
    fn provider(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>)
    -> Box<dyn IdProvider>;

    /// The provider's folder of fixtures.
    fn fixtures(&self) -> PathBuf;

    /// The names of all rows of its mapping tables.
    fn mapping_rows(&self) -> Vec<&'static str>;

    /// What is true of the vendor and of the recordings.
    fn facts(&self) -> Facts;

    /// What the recordings of its abilities are about.
    fn ability_facts(&self) -> AbilityFacts;

    /// What the recordings of `start` were asked with. It should hold a marked person; see [`Facts::marks`].
    fn intent(&self) -> StartSession;

    /// The headers with which the vendor would send these bytes at this time.
    fn sign(&self, signer: Signer, body: &[u8], at: Timestamp) -> HeaderMap;

    /// Whether a request makes a session at the vendor.
    fn creates(&self, request: &Request<Bytes>) -> bool;

    /// Answers to a fetch that are no success, and the kind of error each is.
    fn errors(&self) -> Vec<ErrorCase>;

    /// What the vendor cannot do, where a clause has another form for that. Nothing, unless it is said here; and what
    /// is said here must be true.
    fn lacks(&self) -> &'static [Lack] {
        &[]
    }
}

/// What a vendor may be unable to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It has no slot for our request id.
    RequestIdSlot,
    /// Its webhooks neither have an id nor differ in their bodies where they are two: so a delivery is known by its
    /// signature, and one that is signed anew counts as another.
    DeliveryId,
}

/// Who signs a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The vendor.
    Current,
    /// The vendor, with the key it had before.
    Previous,
    /// Somebody whose key we do not have.
    Stranger,
}

/// What is true of the vendor and of the recordings.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The vendor's id of the session in all exchanges.
    pub session: &'static str,
    /// The case with a webhook about a session.
    pub webhook: &'static str,
    /// The vendor's id of the session it is about.
    pub webhook_session: &'static str,
    /// The case with a webhook of a type nobody has listed.
    pub unknown_event: &'static str,
    /// The case with a webhook of another product of the vendor.
    pub other_product_event: &'static str,
    /// How far the time of signing may be from now, in seconds, as the provider is configured. None if the vendor
    /// signs no time.
    pub signed_time_tolerance_secs: Option<u64>,
    /// Whether the vendor may give back a session that another intent has made.
    pub gives_existing: bool,
    /// The field that the vendor refuses in `start_refused`.
    pub refused_field: &'static str,
    /// The part that cannot be had in `fetch_part_missing`; none if all comes in one answer.
    pub missing_part: Option<&'static str>,
    /// How the vendor recognises a repetition of a call that creates.
    pub key: VendorKey,
    /// Texts that must never be printed or stored in the clear: the marked person in the recordings and the intent,
    /// links, credentials. Each must occur in a fixture, a request or an answer; else its absence proves nothing.
    pub marks: &'static [&'static str],
    /// Texts that must never be printed either and occur nowhere but in the configuration: signing keys.
    pub secrets: &'static [&'static str],
}

/// What the recordings of a provider's abilities are about. A clause whose ability is declared wants its own.
#[derive(Clone, Debug, Default)]
pub struct AbilityFacts {
    /// The vendor's id of the file that is opened in `evidence_open`, and is gone in `evidence_not_found`.
    pub evidence_file: Option<&'static str>,
    /// The vendor's id of a file that the vendor is still writing in `evidence_not_ready`; none if it writes none.
    pub evidence_not_ready: Option<&'static str>,
    /// The vendor's id of the task in `complete_task` and `complete_task_refused`.
    pub task: Option<&'static str>,
    /// The one step that is asked for in `retry_steps`.
    pub retry_step: Option<StepKind>,
    /// The vendor's id of the registration in `webhooks_unregister`.
    pub webhook: Option<&'static str>,
}

/// How a vendor recognises a repetition of a call that creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VendorKey {
    /// By this header.
    Header(&'static str),
    /// By the person, once this member of the JSON body (a pointer) asks it to: the value is no key of its own.
    Flag(&'static str),
    /// It does not: such a call must not be repeated.
    None,
}

/// An answer that is no success, and the kind of error it is.
#[derive(Clone, Debug)]
pub struct ErrorCase {
    /// The answer.
    pub answer: Answer,
    /// What kind of error it is.
    pub kind: ErrorKind,
}
