//! What may happen to one request, by the rules of each vendor, and what we may come to know of it.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use idv_core::{
    Actor, DataState, Finding, IdProvider, Kind, Mapped, ObservationId, ProviderInfo, Raw,
    ReasonCode, RequestId, Retryable, ReviewOwner, SessionKey, Status, Timestamp,
};
use idv_engine::fold::{CommandFact, PolicyRule, fold_session};
use idv_engine::store::{ObservationRow, ObservationSource};
use idv_testkit::ManualClock;
use uuid::Uuid;

pub(crate) const START: Timestamp = ManualClock::NOON;

pub(crate) fn at(secs: u64) -> Timestamp {
    START.plus(Duration::from_secs(secs))
}

/// A vendor as far as the order of things is concerned.
pub(crate) struct Vendor {
    pub(crate) info: ProviderInfo,
    /// What is on the way, as the vendor's words map.
    open: &'static [Status],
    /// How it may end, at first.
    ends: &'static [Status],
    /// Its objects say when they changed.
    dates_changes: bool,
    /// A new try of the subject is a new attempt in the same object.
    has_attempts: bool,
}

/// The three vendors, with the facts their own crates give.
pub(crate) fn vendors() -> Vec<Vendor> {
    let clock = ManualClock::noon();
    let stripe =
        idv_stripe::StripeProvider::receiver(idv_stripe::StripeConfig::default(), clock.clone());
    let onfido =
        idv_onfido::OnfidoProvider::receiver(idv_onfido::OnfidoConfig::default(), clock.clone());
    let plaid = idv_plaid::PlaidProvider::receiver(idv_plaid::PlaidConfig::default(), clock);
    let info = |provider: Arc<dyn IdProvider>| provider.info().clone();
    vec![
        Vendor {
            info: info(Arc::new(stripe)),
            open: &[
                Status::AwaitingUser,
                Status::Processing,
                Status::RetryRequired,
            ],
            ends: &[Status::Passed, Status::Cancelled],
            dates_changes: false,
            has_attempts: true,
        },
        Vendor {
            info: info(Arc::new(onfido)),
            open: &[
                Status::AwaitingUser,
                Status::AwaitingClient,
                Status::Processing,
                Status::InReview,
            ],
            ends: &[
                Status::Passed,
                Status::Failed,
                Status::Abandoned,
                Status::Expired,
                Status::Errored,
            ],
            dates_changes: true,
            has_attempts: false,
        },
        Vendor {
            info: info(Arc::new(plaid)),
            open: &[Status::AwaitingUser, Status::InReview],
            ends: &[
                Status::Passed,
                Status::Failed,
                Status::Expired,
                Status::Cancelled,
            ],
            dates_changes: false,
            has_attempts: false,
        },
    ]
}

/// What the vendor's object was from some moment on.
#[derive(Clone, Debug)]
struct Change {
    secs: u64,
    status: Status,
    attempt: Option<u64>,
}

/// A walk that keeps to the vendor's rules, also for whoever sees only some of it: what it leaves, once final, it may
/// leave for everything that comes after.
fn walk(vendor: &Vendor, rng: &mut Rng, from_secs: u64) -> Vec<Change> {
    let mut secs = from_secs;
    let mut attempt = 0;
    let mut walk = vec![Change {
        secs,
        status: Status::AwaitingUser,
        attempt: None,
    }];
    let mut finals: Vec<Status> = Vec::new();
    for _ in 0..rng.usize(1..8) {
        secs += rng.u64(5..60);
        let last = walk.last().unwrap().status.clone();
        let candidates: Vec<Status> = if finals.is_empty() {
            let ends = vendor.ends.iter().filter(|_| rng.u8(..3) == 0);
            vendor.open.iter().chain(ends).cloned().collect()
        } else {
            Status::KNOWN
                .iter()
                .filter(|to| {
                    let allowed =
                        |from: &Status| from == *to || vendor.info.allows_reopening(from, to);
                    finals.iter().all(allowed)
                })
                .cloned()
                .collect()
        };
        let candidates: Vec<_> = candidates.into_iter().filter(|to| *to != last).collect();
        let Some(status) = rng.choice(&candidates).cloned() else {
            break;
        };
        if vendor.has_attempts && (attempt == 0 || last == Status::RetryRequired) {
            attempt += 1;
        }
        if status.is_final() && !finals.contains(&status) {
            finals.push(status.clone());
        }
        let attempt = (vendor.has_attempts && status != Status::AwaitingUser).then_some(attempt);
        walk.push(Change {
            secs,
            status,
            attempt,
        });
    }
    walk
}

/// A walk whose every attempt only moves forward, as vendors tell it that put the state into their webhooks.
fn forward_walk(vendor: &Vendor, rng: &mut Rng, from_secs: u64) -> Vec<Change> {
    let mut kept: Vec<Change> = Vec::new();
    for change in walk(vendor, rng, from_secs) {
        let goes_back = kept.last().is_some_and(|last| {
            change.status.rank() < last.status.rank()
                && (change.attempt == last.attempt || change.attempt.is_none())
        });
        if !goes_back {
            kept.push(change);
        }
    }
    kept
}

/// One thing that comes in.
#[derive(Clone, Debug)]
pub(crate) enum Arrival {
    /// Something about a session: which, and what.
    About(usize, ObservationRow),
    /// A command that decided something.
    Command(ObservationRow),
    /// The next session takes the place of the one before.
    Restart(Timestamp),
}

impl Arrival {
    /// When it came in, in the run of things that was drawn.
    pub(crate) fn came_in(&self) -> Timestamp {
        match self {
            Self::About(_, row) | Self::Command(row) => row.observed_at,
            Self::Restart(at) => *at,
        }
    }

    /// A command rests on what had come in before it, and so does what it makes: neither can change places with it.
    pub(crate) fn is_fixed(&self) -> bool {
        !matches!(self, Self::About(..))
    }
}

/// What happened to one request, as it came in.
pub(crate) struct History {
    pub(crate) vendor: usize,
    pub(crate) can_fetch: bool,
    pub(crate) arrivals: Vec<Arrival>,
    /// What the vendor says in the end, where the last fetch has seen it.
    pub(crate) truth: Option<Status>,
}

struct Drawing<'a> {
    vendor: &'a Vendor,
    rng: &'a mut Rng,
    ids: u128,
}

impl Drawing<'_> {
    fn row(&mut self, source: ObservationSource, as_of: u64, learned: u64) -> ObservationRow {
        self.ids += 1;
        ObservationRow {
            id: ObservationId::from_uuid(Uuid::from_u128(self.ids)),
            request: RequestId::from_uuid(Uuid::from_u128(1)),
            session: Some(SessionKey::from_uuid(Uuid::from_u128(1))),
            source,
            what: "drawn".to_owned(),
            observed_at: at(learned),
            as_of: at(as_of),
            delivery: None,
            vendor_time: None,
            mapped: None,
            actor: None,
            command: None,
            raw: None,
        }
    }

    fn says(&mut self, change: &Change) -> Mapped {
        let info = &self.vendor.info;
        let mut mapped = Mapped::new(info.id.clone(), Kind::Session, info.mapping_version);
        mapped.status = Some(change.status.clone());
        mapped.attempt_id = change.attempt.map(|n| format!("attempt_{n}"));
        mapped.updated_at = self.vendor.dates_changes.then(|| at(change.secs));
        mapped.subject_started = change.status != Status::AwaitingUser;
        if change.status == Status::InReview {
            mapped.review_owner = Some(ReviewOwner::Client);
        }
        let raw = Raw {
            pointer: "/reason".into(),
            value: format!("at {}", change.secs).into(),
        };
        let reason = match change.status {
            Status::Failed => Some((ReasonCode::DocumentTampered, Retryable::No)),
            Status::RetryRequired => Some((ReasonCode::DocumentImageQuality, Retryable::Yes)),
            _ => None,
        };
        mapped.findings = reason
            .map(|(code, retryable)| Finding::new(code, retryable, raw))
            .into_iter()
            .collect();
        mapped
    }

    /// Fetches at moments of their own, and webhooks that only cause questions.
    fn fetched(&mut self, walk: &[Change], number: usize, last: bool) -> Vec<Arrival> {
        let first = walk[0].secs;
        let end = walk.last().unwrap().secs;
        let mut moments: Vec<u64> = (0..self.rng.usize(1..5))
            .map(|_| self.rng.u64(first..=end + 20))
            .collect();
        if last {
            moments.push(end + 30);
        }
        moments.sort_unstable();
        moments.dedup();
        let mut arrivals = Vec::new();
        for secs in moments {
            let seen = walk.iter().rev().find(|c| c.secs <= secs).unwrap();
            let takes = self.rng.u64(1..40);
            let mut row = self.row(ObservationSource::Fetch, secs, secs + takes);
            let mut says = self.says(seen);
            if secs > end && self.rng.u8(..8) == 0 {
                says.data_state = Some(DataState::Redacted);
            }
            row.vendor_time = says.updated_at;
            row.mapped = Some(says);
            arrivals.push(Arrival::About(number, row));
        }
        arrivals
    }

    /// Webhooks; `source` says what they are worth.
    fn told(&mut self, walk: &[Change], number: usize, source: ObservationSource) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        for change in walk {
            if self.rng.u8(..5) == 0 {
                continue;
            }
            let delay = self.rng.u64(1..90);
            let mut row = self.row(source, change.secs + delay, change.secs + delay);
            row.vendor_time = Some(at(change.secs));
            let carries_state = self.vendor.info.webhooks_carry_state;
            row.mapped = carries_state.then(|| self.says(change));
            arrivals.push(Arrival::About(number, row));
        }
        arrivals
    }

    /// A command that is legal as things stood when it was given.
    fn command(&mut self, arrivals: &[Arrival], secs: u64) -> Option<Arrival> {
        let known: Vec<_> = arrivals
            .iter()
            .filter(|arrival| arrival.came_in() < at(secs))
            .collect();
        let session = known
            .iter()
            .filter(|a| matches!(a, Arrival::Restart(_)))
            .count();
        let rows: Vec<_> = known
            .iter()
            .filter_map(|arrival| match arrival {
                Arrival::About(number, row) if *number == session => Some(row.clone()),
                _ => None,
            })
            .collect();
        let overridden = known.iter().any(|a| matches!(a, Arrival::Command(_)));
        let status = fold_session(&self.vendor.info, &rows).status;
        if overridden || status == Status::Passed {
            return None;
        }
        let vendor_said = status.clone();
        let mut legal = vec![CommandFact::Bypassed {
            vendor_said: vendor_said.clone(),
        }];
        if !status.is_final() {
            legal.push(CommandFact::Cancelled {
                vendor_said: vendor_said.clone(),
            });
            legal.push(CommandFact::PolicyEnded {
                rule: PolicyRule::ExpiresAfter,
                vendor_said: vendor_said.clone(),
            });
        }
        if status == Status::InReview {
            let passed = self.rng.bool();
            legal.push(CommandFact::ReviewResolved {
                passed,
                vendor_said,
            });
        }
        let fact = self.rng.choice(&legal).cloned();
        let mut row = self.row(ObservationSource::Command, secs, secs);
        row.session = None;
        row.actor = Some(Actor::Staff("staff-7".to_owned()));
        row.command = fact;
        Some(Arrival::Command(row))
    }
}

/// Draws a history.
pub(crate) fn draw(vendors: &[Vendor], rng: &mut Rng) -> History {
    let number = rng.usize(..vendors.len());
    let vendor = &vendors[number];
    let can_fetch = rng.u8(..3) > 0;
    let last = can_fetch && rng.bool();
    let mut drawing = Drawing {
        vendor,
        rng,
        ids: 0x0190_0000_0000_7000_8000_0000_0000_0000,
    };
    let mut arrivals;
    let mut truth = None;
    if can_fetch {
        let path = walk(vendor, drawing.rng, 10);
        arrivals = drawing.fetched(&path, 0, last);
        arrivals.extend(drawing.told(&path, 0, ObservationSource::Notification));
        truth = last.then(|| path.last().unwrap().status.clone());
        // What ended for a technical reason is begun anew once it is known.
        let errored = arrivals.iter().filter_map(|arrival| match arrival {
            Arrival::About(_, row) if row.source.is_confirmed() => {
                let status = row.mapped.as_ref()?.status.clone()?;
                (status == Status::Errored).then_some(row.observed_at)
            }
            _ => None,
        });
        if let Some(known_at) = errored.min() {
            let known_at = known_at.plus(Duration::from_millis(1));
            let secs = u64::try_from(known_at.as_unix_secs() - START.as_unix_secs()).unwrap() + 1;
            arrivals.push(Arrival::Restart(known_at));
            let path = walk(vendor, drawing.rng, secs);
            arrivals.extend(drawing.fetched(&path, 1, last));
            truth = last.then(|| path.last().unwrap().status.clone());
        }
    } else {
        let path = forward_walk(vendor, drawing.rng, 10);
        arrivals = drawing.told(&path, 0, ObservationSource::Payload);
    }
    if drawing.rng.bool() {
        let secs = drawing.rng.u64(5..200);
        // Between two seconds, so that nothing comes in at the same moment.
        if let Some(Arrival::Command(mut row)) = drawing.command(&arrivals, secs) {
            let moment = at(secs - 1).plus(Duration::from_millis(500));
            (row.as_of, row.observed_at) = (moment, moment);
            let restart = arrivals.iter().find(|a| matches!(a, Arrival::Restart(_)));
            let too_close = restart.is_some_and(|r| r.came_in() >= moment);
            if !too_close {
                arrivals.push(Arrival::Command(row));
            }
        }
    }
    arrivals.sort_by_key(Arrival::came_in);
    History {
        vendor: number,
        can_fetch,
        arrivals,
        truth,
    }
}
