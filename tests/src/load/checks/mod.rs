//! What must hold when everything has come to rest.

mod events;
mod inbox;
mod requests;

pub(crate) use events::{Told, events};
pub(crate) use inbox::inbox;
pub(crate) use requests::{all_requests, requests};

/// One promise, and what breaks it.
#[derive(Clone, Debug)]
pub struct Check {
    /// The promise.
    pub promise: &'static str,
    /// How many were looked at.
    pub looked_at: usize,
    /// Each breach, with the ids it is about.
    pub breaches: Vec<String>,
}

impl Check {
    pub(crate) const fn new(
        promise: &'static str,
        looked_at: usize,
        breaches: Vec<String>,
    ) -> Self {
        Self {
            promise,
            looked_at,
            breaches,
        }
    }

    /// Whether the promise was kept. Where nothing was looked at nothing is shown.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.breaches.is_empty() && self.looked_at > 0
    }
}
