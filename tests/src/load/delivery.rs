//! A webhook on its way.

use std::sync::Arc;

use bytes::Bytes;
use idv_core::webhook::DeduplicationKey;

use super::vendors::{Signer, Told, Vendor, Vendors, now_unix_secs};

/// Vendors sign what they send again anew once the signature gets old; receivers allow five minutes.
const SIGNATURE_LIFETIME_SECS: i64 = 200;

/// What is special about a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    OfSession,
    /// It is genuine, and when the vendor is asked it has no such session.
    OfUnknownSession,
    /// Somebody else has signed it.
    Forged,
}

/// What makes two deliveries the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) vendor: Vendor,
    pub(crate) text: Arc<str>,
}

/// A signed webhook. A copy of it is a duplicate, byte for byte.
#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) kind: Kind,
    pub(crate) session: Arc<str>,
    pub(crate) body: Bytes,
    pub(crate) signature: String,
    pub(crate) key: Key,
    event_id: Option<Arc<str>>,
    signed_at: i64,
}

impl Delivery {
    pub(crate) fn new(
        vendors: &Vendors,
        vendor: Vendor,
        kind: Kind,
        session: &str,
        told: Told,
    ) -> Self {
        let mut delivery = Self {
            kind,
            session: session.into(),
            body: told.body,
            signature: String::new(),
            key: Key {
                vendor,
                text: "".into(),
            },
            event_id: told.event_id.map(Arc::from),
            signed_at: 0,
        };
        delivery.sign(vendors);
        delivery
    }

    pub(crate) const fn vendor(&self) -> Vendor {
        self.key.vendor
    }

    /// Signs it anew if its signature gets old. True if it was.
    pub(crate) fn refresh(&mut self, vendors: &Vendors) -> bool {
        let is_old = now_unix_secs() - self.signed_at > SIGNATURE_LIFETIME_SECS;
        if is_old {
            self.sign(vendors);
        }
        is_old
    }

    fn sign(&mut self, vendors: &Vendors) {
        let vendor = self.vendor();
        let signer = match self.kind {
            Kind::Forged => Signer::SomebodyElse,
            _ => Signer::Vendor,
        };
        self.signed_at = now_unix_secs();
        self.signature = vendors.sign(vendor, signer, &self.body, self.signed_at);
        // What each vendor promises about its webhooks, in the words of the inbox.
        let key = match (&self.event_id, vendor) {
            (Some(id), _) => DeduplicationKey::event_id(id),
            (None, Vendor::Plaid) => DeduplicationKey::sha256(self.signature.as_bytes()),
            (None, _) => DeduplicationKey::sha256(&self.body),
        };
        self.key.text = key.as_str().into();
    }
}
