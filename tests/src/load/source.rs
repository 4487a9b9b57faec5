//! What keeps the vendors busy: sessions that begin as long as there is not enough to tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fastrand::Rng;
use idv_simulator::VendorKind;

use super::ledger::{Kind, Ledger};
use super::network::pause;
use super::vendors::Vendors;

/// Of so many sessions one is not of the account.
const UNKNOWN: usize = 40;
/// How many sessions begin at once at the most.
const AT_ONCE: usize = 20;

/// Makes sessions at the vendors, by the vendors' own APIs, and lets things happen to every session there is.
pub(crate) struct Source {
    pub(super) vendors: Arc<Vendors>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) rng: Rng,
    /// How many webhooks are to be taken in.
    pub(super) total: usize,
    /// In how many sessions something goes on at the same time.
    pub(super) at_once: usize,
    /// How many webhooks are on their way at the most while more sessions begin.
    pub(super) window: usize,
    pub(super) made: Arc<Made>,
}

/// How much was made.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Sessions, without those the gateway has made.
    sessions: AtomicUsize,
    is_enough: AtomicBool,
}

impl Made {
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::SeqCst)
    }

    /// Whether as many webhooks are made as were wanted.
    pub(crate) fn is_enough(&self) -> bool {
        self.is_enough.load(Ordering::SeqCst)
    }
}

impl Source {
    /// Goes on until enough was told, everything has happened, and nothing is on its way any more. `is_asked`: whether
    /// the application has asked for all that it wants.
    pub(crate) async fn run(mut self, is_asked: Arc<AtomicBool>) {
        loop {
            // In this order: what is asked for last has begun by then.
            let is_asked = is_asked.load(Ordering::SeqCst);
            let under_way = self.vendors.under_way();
            self.vendors.let_live(&mut self.rng).await;
            let told = self.ledger.acknowledgements() + under_way.webhooks;
            if told >= self.total {
                self.made.is_enough.store(true, Ordering::SeqCst);
                if is_asked && under_way.is_over() && self.vendors.under_way().is_over() {
                    return;
                }
            } else if under_way.webhooks < self.window {
                let free = self.at_once.saturating_sub(under_way.scenarios);
                for _ in 0..free.min(AT_ONCE) {
                    self.make_session();
                }
            }
            pause(5).await;
        }
    }

    fn make_session(&mut self) {
        let vendor = VendorKind::ALL[self.rng.usize(0..3)];
        let number = self.made.sessions.fetch_add(1, Ordering::SeqCst);
        let kind = match number % UNKNOWN {
            1 => Kind::OfUnknownSession,
            _ => Kind::OfSession,
        };
        self.vendors
            .make_session(vendor, kind, &format!("subject-{number}"));
    }
}
