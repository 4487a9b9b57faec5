//! What was posted, and what was answered: the books that the gateway's database is held against.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use http::HeaderMap;
use idv_core::json;
use idv_core::webhook::{DeduplicationKey, signature_from_hex};
use idv_simulator::{Delivered, Posted, VendorKind};
use serde_json::Value;

use super::vendors::account;

/// Whose session a genuine webhook is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of the account.
    OfSession,
    /// One that the account has not: when the vendor is asked there is no such session.
    OfUnknownSession,
}

/// What makes two deliveries the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) vendor: VendorKind,
    pub(crate) text: Arc<str>,
}

impl Key {
    /// What each vendor promises about its webhooks, in the words of the inbox.
    fn of(vendor: VendorKind, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).map(http::HeaderValue::as_bytes);
        let key = match vendor {
            VendorKind::Stripe => {
                let event: Value = json::decode(body).unwrap_or_default();
                DeduplicationKey::event_id(event["id"].as_str().unwrap_or_default())
            }
            // The same body under the same token has the same signature, and nothing else has it.
            VendorKind::Onfido => {
                let written = header("x-sha2-signature").and_then(|text| str::from_utf8(text).ok());
                let signature = written.and_then(signature_from_hex);
                DeduplicationKey::sha256(&signature.unwrap_or_default())
            }
            VendorKind::Plaid => {
                DeduplicationKey::sha256(header("plaid-verification").unwrap_or_default())
            }
        };
        let text = key.as_str().into();
        Self { vendor, text }
    }
}

/// The vendors' books.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Pages>);

/// What stands in them.
#[derive(Default)]
pub(crate) struct Pages {
    /// Everything genuine that was posted, and whose it is.
    pub(crate) sent: HashMap<Key, Kind>,
    /// What nobody but a forger has posted under this key, once everything was sent.
    pub(crate) forged: HashSet<Key>,
    /// What was answered with 200 at least once.
    pub(crate) acknowledged: HashSet<Key>,
    /// The sessions of the accounts of which something was acknowledged.
    pub(crate) sessions: HashSet<(VendorKind, Arc<str>)>,
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
    /// What a vendor has given up, and what it could not let happen: then not everything was tried.
    pub(crate) not_done: BTreeSet<String>,
}

impl Ledger {
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap()
    }

    /// Answers of 200 so far.
    pub(crate) fn acknowledgements(&self) -> usize {
        self.pages().acknowledgements
    }

    /// Writes down what was posted and what was answered. `kind`: what it is if it is genuine.
    pub(crate) fn posted(&self, posted: &Posted<'_>, kind: Kind) {
        let key = Key::of(posted.vendor, posted.headers, posted.body);
        let status = posted.status.map(|status| status.as_u16());
        let mut pages = self.pages();
        if posted.is_genuine {
            pages.sent.insert(key.clone(), kind);
        } else {
            pages.forged.insert(key.clone());
        }
        match (status, posted.is_genuine) {
            (Some(200), true) => {
                pages.acknowledgements += 1;
                pages.acknowledged.insert(key);
                if kind == Kind::OfSession {
                    let session = posted.outgoing.object.as_str().into();
                    pages.sessions.insert((posted.vendor, session));
                }
            }
            // Who sends many of them is no longer listened to.
            (Some(401 | 429), false) => pages.refusals += 1,
            (None, _) => pages.unanswered += 1,
            (Some(408 | 500..), _) => pages.put_off += 1,
            (Some(status), is_genuine) => {
                let (account, text) = (account(posted.vendor), &key.text);
                let what = if is_genuine { "genuine" } else { "forged" };
                let wrong = format!("{status} to {account} for what is {what}: {text}");
                pages.wrong_answers.insert(wrong);
            }
        }
    }

    /// The vendor does not send it again.
    pub(crate) fn given_up(&self, delivered: &Delivered) {
        let (object, event) = (&delivered.outgoing.object, &delivered.outgoing.event);
        let attempts = delivered.attempt;
        let what = format!("{event} of {object} was given up after {attempts} attempts");
        self.pages().not_done.insert(what);
    }

    /// The vendor could not let it happen.
    pub(crate) fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        self.pages()
            .not_done
            .insert(format!("{vendor} {object}: {why}"));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;
    use idv_simulator::Outgoing;

    use super::*;

    #[test]
    fn what_is_answered_wrongly_is_told() {
        let ledger = Ledger::default();
        let outgoing = Outgoing {
            object: "run".to_owned(),
            event: "x".to_owned(),
            endpoint: "1".to_owned(),
            url: "http://a/".to_owned(),
            body: Bytes::from_static(b"body"),
        };
        let post = |is_genuine, status: Option<u16>| {
            let posted = Posted {
                vendor: VendorKind::Onfido,
                outgoing: &outgoing,
                body: &outgoing.body,
                headers: &HeaderMap::new(),
                is_genuine,
                status: status.map(|code| StatusCode::from_u16(code).unwrap()),
            };
            ledger.posted(&posted, Kind::OfSession);
            ledger.pages().wrong_answers.len()
        };
        for (is_genuine, status, wrong) in [
            (true, Some(200), 0),
            (true, None, 0),
            (true, Some(503), 0),
            (false, Some(401), 0),
            (false, Some(200), 1),
            (true, Some(401), 2),
            (true, Some(202), 3),
        ] {
            assert_eq!(post(is_genuine, status), wrong, "{is_genuine} {status:?}");
        }
        let pages = ledger.pages();
        assert_eq!((pages.acknowledgements, pages.refusals), (1, 1));
        assert_eq!((pages.sent.len(), pages.sessions.len()), (1, 1));
    }
}
