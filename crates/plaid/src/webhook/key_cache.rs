//! The vendor's keys, as far as they are known: by id, for one environment.
//!
//! Whoever sends a webhook chooses the id in it, before anything is proven. So an id nobody has seen must cost the
//! vendor's key endpoint, and us, a bounded number of calls:
//! - one call at a time for each id, whoever else waits for it;
//! - a bucket of calls for ids that are new, small and refilled slowly; what finds it empty is put off;
//! - ids of which the vendor said that it knows no such key are remembered for a while, a bounded number of them;
//! - while the endpoint is down, it is asked once in a while and not once for each webhook;
//! - an answer that says something odd about one id puts off that id for a moment, and no other.
//!
//! A key that is known takes nothing from the bucket, and is believed for a day though nobody can confirm it. So a flood
//! of forgeries delays no old key; a new one is put off, undecided, as long as the flood keeps the bucket empty.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use idv_core::webhook::{Refusal, VerifyError};
use idv_core::{Clock, Error, ErrorKind, Timestamp, Unreadable};

use super::jwk::Jwk;
use super::single_flight::{Flight, SingleFlight};
use crate::client::{Answer, Client, failed};
use crate::config::PlaidOptions;
use crate::map;

/// How long the endpoint is left alone after it failed, unless it says how long; and an id after an odd answer.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause the endpoint can ask for.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// The bounds; see [`PlaidOptions`], which explains each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyLimits {
    refresh: Duration,
    max_age: Duration,
    unknown: Duration,
    unknown_max: usize,
    burst: f64,
    per_sec: f64,
}

impl KeyLimits {
    pub(crate) fn of(options: &PlaidOptions) -> Self {
        Self {
            refresh: Duration::from_secs(options.key_refresh_secs),
            max_age: Duration::from_secs(options.key_max_age_secs),
            unknown: Duration::from_secs(options.unknown_key_secs),
            unknown_max: options.unknown_keys_max,
            burst: f64::from(options.key_requests_burst),
            per_sec: f64::from(options.key_requests_per_min) / 60.0,
        }
    }
}

/// The keys of one environment.
#[derive(Debug)]
pub(crate) struct KeyCache {
    /// From the configuration.
    fixed: Vec<Jwk>,
    limits: KeyLimits,
    state: Mutex<State>,
    flights: SingleFlight,
}

#[derive(Debug)]
struct State {
    known: BTreeMap<String, Known>,
    /// Ids without a key.
    unknown: BTreeMap<String, Unknown>,
    /// Calls that may be made for new ids.
    bucket: f64,
    refilled_at: Option<Timestamp>,
    /// The endpoint failed and is left alone until then.
    paused_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Known {
    key: Jwk,
    confirmed_at: Timestamp,
    refresh_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Unknown {
    /// Until when we take the vendor's word for it.
    until: Timestamp,
    /// The vendor said that there is no such key. Else it only gave none, and whose fault that is, is not known.
    is_certain: bool,
}

/// What to do about an id, by what is known now.
enum Plan<'a> {
    Believe(Jwk),
    Refuse(Refusal),
    PutOff(&'static str),
    Wait,
    /// `otherwise`: the key to use if nothing can be learned.
    Ask {
        flight: Flight<'a>,
        otherwise: Option<Jwk>,
    },
}

impl KeyCache {
    pub(crate) fn new(fixed: Vec<Jwk>, limits: KeyLimits) -> Self {
        let state = State {
            known: BTreeMap::new(),
            unknown: BTreeMap::new(),
            bucket: limits.burst,
            refilled_at: None,
            paused_until: None,
        };
        Self {
            fixed,
            limits,
            state: Mutex::new(state),
            flights: SingleFlight::default(),
        }
    }

    /// The key of this id.
    ///
    /// # Errors
    /// Refused if the vendor has no such key, or has it no more. Undecided if that could not be found out.
    pub(super) async fn find(
        &self,
        key_id: &str,
        client: Option<&Client>,
        clock: &dyn Clock,
    ) -> Result<Jwk, VerifyError> {
        loop {
            match self.plan(key_id, client.is_some(), clock.now()) {
                Plan::Believe(key) => return Ok(key),
                Plan::Refuse(refusal) => return Err(refusal.into()),
                Plan::PutOff(why) => return Err(undecided(unavailable(why))),
                Plan::Wait => self.flights.landed(key_id).await,
                Plan::Ask { flight, otherwise } => {
                    let Some(client) = client else {
                        return Err(Refusal::UnknownKeyId.into());
                    };
                    let answer = client.get_webhook_key(key_id).await;
                    let learned = self.learn(key_id, answer, clock.now());
                    drop(flight);
                    return match (learned, otherwise) {
                        (Err(VerifyError::Undecided(_)), Some(key)) => Ok(key),
                        (learned, _) => learned,
                    };
                }
            }
        }
    }

    fn plan(&self, key_id: &str, can_ask: bool, now: Timestamp) -> Plan<'_> {
        if let Some(key) = self.fixed.iter().find(|key| key.key_id() == key_id) {
            return believe(key, now);
        }
        if !can_ask {
            return Plan::Refuse(Refusal::UnknownKeyId);
        }
        let mut state = self.lock();
        let is_paused = state.paused_until.is_some_and(|until| now < until);
        let unknown = state.unknown.get(key_id).copied();
        let unknown = unknown.filter(|unknown| now < unknown.until);
        if let Some(known) = state.known.get(key_id) {
            let is_fresh = now < known.refresh_at;
            let is_usable = now.since(known.confirmed_at) < self.limits.max_age;
            if is_fresh || known.key.is_expired(now) {
                return believe(&known.key, now);
            }
            let otherwise = is_usable.then(|| known.key.clone());
            let is_put_off = is_paused || unknown.is_some();
            let flight = if is_put_off {
                None
            } else {
                self.flights.take_off(key_id)
            };
            return match (flight, otherwise) {
                (Some(flight), otherwise) => Plan::Ask { flight, otherwise },
                (None, Some(key)) => Plan::Believe(key),
                (None, None) if is_paused => Plan::PutOff(PAUSED),
                (None, None) if is_put_off => Plan::PutOff(NO_KEY),
                (None, None) => Plan::Wait,
            };
        }
        match unknown {
            Some(unknown) if unknown.is_certain => return Plan::Refuse(Refusal::UnknownKeyId),
            Some(_) => return Plan::PutOff(NO_KEY),
            None => {}
        }
        if is_paused {
            return Plan::PutOff(PAUSED);
        }
        let Some(flight) = self.flights.take_off(key_id) else {
            return Plan::Wait;
        };
        if !state.take_from_bucket(&self.limits, now) {
            return Plan::PutOff("too many webhooks named keys that nobody has seen before");
        }
        Plan::Ask {
            flight,
            otherwise: None,
        }
    }

    /// Keeps what the vendor answered, and says what it means for the webhook that waits.
    fn learn(
        &self,
        key_id: &str,
        answer: Result<Answer, Error>,
        now: Timestamp,
    ) -> Result<Jwk, VerifyError> {
        let read = answer.and_then(|answer| read(key_id, &answer));
        let mut state = self.lock();
        match read {
            Ok(key) => {
                if !state.known.contains_key(key_id) {
                    // Where a key is new, another may just have ended.
                    for known in state.known.values_mut() {
                        known.refresh_at = now;
                    }
                }
                state.unknown.remove(key_id);
                let known = Known {
                    key: key.clone(),
                    confirmed_at: now,
                    refresh_at: now.plus(self.limits.refresh),
                };
                state.known.insert(key_id.to_owned(), known);
                if key.is_expired(now) {
                    return Err(Refusal::KeyExpired.into());
                }
                Ok(key)
            }
            Err(error) if error.kind == ErrorKind::NotFound => {
                state.known.remove(key_id);
                let unknown = Unknown {
                    until: now.plus(self.limits.unknown),
                    is_certain: true,
                };
                state.remember_unknown(key_id, unknown, &self.limits, now);
                Err(Refusal::UnknownKeyId.into())
            }
            Err(error) if !is_about_endpoint(&error.kind) => {
                // Whoever sends a webhook chooses the id: were this a pause for all, one odd id could stop new keys.
                let unknown = Unknown {
                    until: now.plus(PAUSE),
                    is_certain: false,
                };
                state.remember_unknown(key_id, unknown, &self.limits, now);
                Err(undecided(error))
            }
            Err(error) => {
                let pause = error.retry_after().unwrap_or(PAUSE).clamp(PAUSE, MAX_PAUSE);
                state.paused_until = Some(now.plus(pause));
                Err(undecided(error))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_from_bucket(&mut self, limits: &KeyLimits, now: Timestamp) -> bool {
        let refilled_at = *self.refilled_at.get_or_insert(now);
        let secs = now.since(refilled_at).as_secs_f64();
        self.bucket = secs.mul_add(limits.per_sec, self.bucket).min(limits.burst);
        self.refilled_at = Some(now);
        let is_enough = self.bucket >= 1.0;
        if is_enough {
            self.bucket -= 1.0;
        }
        is_enough
    }

    /// When there is no room, the one that is forgotten soonest anyway makes place.
    fn remember_unknown(
        &mut self,
        key_id: &str,
        unknown: Unknown,
        limits: &KeyLimits,
        now: Timestamp,
    ) {
        self.unknown.retain(|_, unknown| now < unknown.until);
        while self.unknown.len() >= limits.unknown_max {
            let soonest = self.unknown.iter().min_by_key(|(_, unknown)| unknown.until);
            let Some(soonest) = soonest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.unknown.remove(&soonest);
        }
        self.unknown.insert(key_id.to_owned(), unknown);
    }
}

const PAUSED: &str = "the vendor's key endpoint failed a moment ago";
const NO_KEY: &str =
    "the vendor gave no key for this id a moment ago, and did not say that there is none";

/// Whether an error says something about the endpoint, and so about every id.
const fn is_about_endpoint(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::RateLimited { .. }
            | ErrorKind::BadResponse
            | ErrorKind::InvalidCredentials
    )
}

fn believe(key: &Jwk, now: Timestamp) -> Plan<'static> {
    if key.is_expired(now) {
        Plan::Refuse(Refusal::KeyExpired)
    } else {
        Plan::Believe(key.clone())
    }
}

/// The key in an answer, if it is the one that was asked for.
fn read(key_id: &str, answer: &Answer) -> Result<Jwk, Error> {
    let keys = Jwk::read_all(&answer.body).unwrap_or_default();
    match <[Jwk; 1]>::try_from(keys) {
        Ok([key]) if key.key_id() == key_id => Ok(key),
        _ => {
            let error = Unreadable::NotThisProvider {
                why: "it is not the key that was asked for",
            };
            let error = Error::from_unreadable(map::provider_id(), "get_webhook_key", error);
            Err(error.with_vendor_request_id(answer.vendor_request_id.clone()))
        }
    }
}

fn unavailable(why: &'static str) -> Error {
    failed(ErrorKind::Unavailable, "get_webhook_key", why)
}

fn undecided(error: Error) -> VerifyError {
    VerifyError::Undecided(Box::new(error))
}
