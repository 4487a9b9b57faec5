//! Whether what a simulator answers is what the vendor's own description of its API says.
//!
//! What a vendor answers differently from its description is listed in [`deviations`], with the sample that shows it.

mod description;
mod deviations;
mod dialect;
mod samples;
mod undeclared;
mod violation;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use idv_simulator::{VendorKind, Watch};

use self::description::{Answer, Description};

/// Paths the descriptions have no word for: the exchange of credentials is in Onfido's by its address alone; Stripe's thin
/// events are newer.
const UNDESCRIBED: &[(&str, &str)] = &[("onfido", "/v3.6/oauth/token"), ("stripe", "/v2/")];

/// Watches a simulator and keeps what its answers do wrong.
#[derive(Default)]
pub(crate) struct Checker {
    checked: AtomicUsize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    wrong: Vec<String>,
    /// The rows of the tables of deviations that an answer needed: vendor and index.
    needed: BTreeSet<(String, usize)>,
}

impl Watch for Checker {
    fn answered(&self, vendor: VendorKind, request: &Request<Bytes>, response: &Response<Bytes>) {
        self.take(vendor.as_word(), request, response);
    }

    fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        let wrong = format!("{vendor}: {object} could not be played: {why}");
        self.seen.lock().unwrap().wrong.push(wrong);
    }
}

impl Checker {
    /// Takes a request to a vendor and its answer. Anything but JSON on a path that the description does not have is
    /// a page for a person, and no matter of this.
    ///
    /// # Panics
    /// If there is no such vendor.
    pub(crate) fn take(&self, vendor: &str, request: &Request<Bytes>, response: &Response<Bytes>) {
        let Some(description) = Description::of(vendor) else {
            return;
        };
        let path = request.uri().path();
        let mut undescribed = UNDESCRIBED.iter();
        if undescribed.any(|(of, prefix)| *of == vendor && path.starts_with(prefix)) {
            return;
        }
        let media_type = response.headers().get(CONTENT_TYPE);
        let answer = Answer {
            method: request.method().as_str(),
            path,
            status: response.status().as_u16(),
            media_type: media_type.and_then(|value| value.to_str().ok()),
            body: response.body(),
        };
        if !answer.is_json() && !description.offers(answer.method, answer.path) {
            return;
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        let mut seen = self.seen.lock().unwrap();
        for violation in description.violations(&answer) {
            match deviations::accepting(vendor, &violation) {
                Some(index) => {
                    seen.needed.insert((vendor.to_owned(), index));
                }
                None => seen.wrong.push(format!("{vendor}: {violation}")),
            }
        }
    }

    /// Panics with everything that was wrong, or if nothing was seen although there was something to hold it against.
    pub(crate) fn assert_clean(&self) {
        let wrong = self.seen.lock().unwrap().wrong.clone();
        assert!(
            wrong.is_empty(),
            "{} times an answer is not what the vendor's description says, or a step could not be played:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        let checked = self.checked.load(Ordering::Relaxed);
        let described = deviations::VENDORS
            .iter()
            .any(|(vendor, _)| Description::of(vendor).is_some());
        assert!(checked > 0 || !described, "no answer was seen");
    }

    /// Panics with the deviations of a vendor that no answer needed: either the simulator does not do what the sample
    /// shows, or the row excuses nothing. To be asked once all of the vendor's suite went through this one checker.
    pub(crate) fn assert_every_deviation_was_needed(&self, vendor: &str) {
        if Description::of(vendor).is_none() {
            return;
        }
        let needed = self.seen.lock().unwrap().needed.clone();
        let idle: Vec<_> = deviations::of(vendor)
            .iter()
            .enumerate()
            .filter(|(index, row)| {
                row.holds_for_a_simulator() && !needed.contains(&(vendor.to_owned(), *index))
            })
            .map(|(_, row)| row.to_string())
            .collect();
        assert!(
            idle.is_empty(),
            "{vendor}: deviations that no answer needed:\n{}",
            idle.join("\n")
        );
    }
}
