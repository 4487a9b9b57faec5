//! What goes on behind the inbox while webhooks come in.

use std::fmt;
use std::sync::Arc;

use idv_simulator::stripe::Event;
use idv_simulator::{Answered, Api};

use crate::load::Served;
use crate::vendor::{StripeAccount, Webhooks};

/// Sessions of the account.
const SESSIONS: usize = 300;

/// What becomes of webhooks once they are taken in. The gateway works on them at the same time and on the same
/// processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// All of it: the vendor is asked, the session is folded, the application's events are written.
    Whole,
    /// They are of another product, so there is nothing to do but to find that out.
    Trivial,
    /// The vendor never answers, so nothing is done; they only lie there.
    None,
}

impl Work {
    pub(super) const ALL: [Self; 3] = [Self::None, Self::Whole, Self::Trivial];

    /// Whether nothing else goes on. The goal of the rate is about that: about taking in alone. What is done behind the
    /// inbox at the same time takes processor time of its own, and how much depends on the vendor.
    pub(super) const fn is_nothing(self) -> bool {
        matches!(self, Self::None)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "worked on meanwhile",
            Self::Trivial => "of no concern to us",
            Self::None => "not worked on",
        })
    }
}

/// A vendor, and its webhooks.
pub(super) struct Setting {
    /// The account, in the gateway's configuration.
    pub(super) table: String,
    /// With which each session becomes known.
    pub(super) first: Webhooks,
    /// What is measured.
    pub(super) webhooks: Webhooks,
    pub(super) sessions: usize,
    _vendor: StripeAccount,
    _mute: Option<Served>,
}

impl Setting {
    pub(super) fn of(work: Work) -> Self {
        let (vendor, created) = StripeAccount::with_sessions("Ingest", SESSIONS);
        let verified: Vec<Event> = vendor
            .sessions()
            .iter()
            .map(|id| vendor.verify(id))
            .collect();
        let first = Webhooks::of(&created);
        let told: Vec<Event> = created
            .into_iter()
            .zip(verified)
            .flat_map(<[Event; 2]>::from)
            .collect();
        let mut mute = None;
        let mut table = vendor.table();
        if work == Work::None {
            let serving = Served::on_its_own_thread(Arc::new(Mute));
            table = StripeAccount::table_at(serving.base_url());
            mute = Some(serving);
        }
        Self {
            table,
            first,
            webhooks: match work {
                Work::Trivial => Webhooks::of_another_product(&told),
                Work::Whole | Work::None => Webhooks::of(&told),
            },
            sessions: SESSIONS,
            _vendor: vendor,
            _mute: mute,
        }
    }
}

/// Takes calls and never answers.
struct Mute;

impl Api for Mute {
    fn answer(&self, _: &http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes> {
        http::Response::default()
    }

    fn answer_or_break(&self, _: &http::Request<bytes::Bytes>) -> Answered {
        Answered::Never
    }
}
