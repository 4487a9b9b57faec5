//! Whoever keeps a vendor's books.

use std::sync::Arc;

use idv_simulator::{Delivered, Posted, VendorKind, Watch};

use super::Begun;
use crate::load::ledger::{Kind, Ledger};

/// Writes down what the vendors send, and says what was made.
pub(super) struct Clerk {
    ledger: Arc<Ledger>,
    kind: Kind,
    began: Begun,
}

impl Clerk {
    pub(super) const fn new(ledger: Arc<Ledger>, kind: Kind, began: Begun) -> Self {
        Self {
            ledger,
            kind,
            began,
        }
    }
}

impl Watch for Clerk {
    fn posted(&self, posted: &Posted<'_>) {
        self.ledger.posted(posted, self.kind);
    }

    fn delivered(&self, delivered: &Delivered) {
        if !delivered.is_taken && !delivered.is_sent_again {
            self.ledger.given_up(delivered);
        }
    }

    fn began(&self, vendor: VendorKind, object: &str, _: Option<&str>) {
        // Where nobody listens any more, everything is over.
        let _ = self.began.send((vendor, object.to_owned()));
    }

    fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        self.ledger.not_played(vendor, object, why);
    }
}
