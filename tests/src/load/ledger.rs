//! What was sent, and what was answered: the books that the gateway's database is held against.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use super::delivery::{Delivery, Key, Kind};
use super::vendors::Vendor;

/// The sender's books.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Pages>);

/// What stands in them.
#[derive(Default)]
pub(crate) struct Pages {
    /// Everything that was signed, and what is special about it.
    pub(crate) sent: HashMap<Key, Kind>,
    /// What was answered with 200 at least once.
    pub(crate) acknowledged: HashSet<Key>,
    /// The sessions of which something was acknowledged that the vendor knows.
    pub(crate) sessions: HashSet<(Vendor, Arc<str>)>,
    /// Answers of 200.
    pub(crate) acknowledgements: usize,
    /// Answers of 401 or 429 to forgeries.
    pub(crate) refusals: usize,
    /// Posts without an answer: the connection was refused or broke.
    pub(crate) unanswered: usize,
    /// Answers that ask to send it again.
    pub(crate) put_off: usize,
    /// Answers that must not be.
    pub(crate) wrong_answers: BTreeSet<String>,
}

/// What became of one post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Through,
    Again,
}

impl Ledger {
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap()
    }

    pub(crate) fn signed(&self, delivery: &Delivery) {
        self.pages()
            .sent
            .insert(delivery.key.clone(), delivery.kind);
    }

    /// Writes down what was answered. `status`: none if there was no answer.
    pub(crate) fn answered(&self, delivery: &Delivery, status: Option<u16>) -> Outcome {
        let mut pages = self.pages();
        match (status, delivery.kind) {
            (Some(200), Kind::OfSession | Kind::OfUnknownSession) => {
                pages.acknowledgements += 1;
                pages.acknowledged.insert(delivery.key.clone());
                if delivery.kind == Kind::OfSession {
                    let session = (delivery.vendor(), Arc::clone(&delivery.session));
                    pages.sessions.insert(session);
                }
                Outcome::Through
            }
            // Who sends many of them is no longer listened to.
            (Some(401 | 429), Kind::Forged) => {
                pages.refusals += 1;
                Outcome::Through
            }
            (None, _) => {
                pages.unanswered += 1;
                Outcome::Again
            }
            (Some(408 | 500..), _) => {
                pages.put_off += 1;
                Outcome::Again
            }
            (Some(status), kind) => {
                let account = delivery.vendor().account();
                let key = &delivery.key.text;
                pages
                    .wrong_answers
                    .insert(format!("{status} for {kind:?} to {account}: {key}"));
                Outcome::Through
            }
        }
    }
}
