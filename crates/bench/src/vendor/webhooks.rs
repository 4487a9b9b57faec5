//! Webhooks, signed beforehand.

use http::Request;
use http_body_util::Full;
use idv_simulator::stripe::{Event, WEBHOOK_SECRET, sign};
use jiff::Timestamp;

use super::account::NAME;
use crate::load::{Requests, Sent};

/// Makes as many webhooks as anybody wants, each of an event of its own. They take turns with what they tell of.
#[derive(Debug)]
pub struct Webhooks {
    /// Bodies, each cut before and after the event's id.
    bodies: Vec<(Vec<u8>, Vec<u8>)>,
    made: usize,
}

impl Webhooks {
    /// That tell of these events again and again, under new ids.
    ///
    /// # Panics
    /// If an event does not hold its own id.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        let cut = |event: &Event| {
            let (body, id) = (&event.body, event.id.as_bytes());
            let at = body.windows(id.len()).position(|part| part == id);
            let at = at.expect("an event holds its id");
            (body[..at].to_vec(), body[at + id.len()..].to_vec())
        };
        Self {
            bodies: events.iter().map(cut).collect(),
            made: 0,
        }
    }

    /// The same bytes, but for the name of the event: it is of another product, and no concern of ours.
    ///
    /// # Panics
    /// As [`Webhooks::of`] does.
    #[must_use]
    pub fn of_another_product(events: &[Event]) -> Self {
        let renamed = |event: &Event| {
            let name = "\"customer.updated\"";
            let body = String::from_utf8_lossy(&event.body);
            let body = body.replace(&format!("\"{}\"", event.event_type), name);
            assert!(body.contains(name), "an event holds its type");
            let mut event = event.clone();
            event.body = body.into_bytes();
            event
        };
        let renamed: Vec<Event> = events.iter().map(renamed).collect();
        Self::of(&renamed)
    }

    /// Bytes of a body, in the middle.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        let mut lengths: Vec<usize> = self
            .bodies
            .iter()
            .map(|(a, b)| a.len() + b.len() + 28)
            .collect();
        lengths.sort_unstable();
        lengths[lengths.len() / 2]
    }

    /// The next ones, signed now.
    pub fn next(&mut self, number: usize) -> Requests {
        let now = Timestamp::now().as_second();
        (0..number).map(|_| self.one(now)).collect()
    }

    fn one(&mut self, now: i64) -> Sent {
        let (before, after) = &self.bodies[self.made % self.bodies.len()];
        let id = format!("evt_1{:023}", self.made);
        self.made += 1;
        webhook([before, id.as_bytes(), after].concat(), now)
    }
}

/// A webhook with this body, signed now.
#[must_use]
pub fn signed(body: Vec<u8>) -> Sent {
    webhook(body, Timestamp::now().as_second())
}

fn webhook(body: Vec<u8>, now: i64) -> Sent {
    let signature = sign(WEBHOOK_SECRET, &body, now);
    Request::post(format!("/webhooks/{NAME}"))
        .header("host", "bench")
        .header("content-type", "application/json; charset=utf-8")
        .header(
            "user-agent",
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        )
        .header("stripe-signature", signature)
        .body(Full::new(body.into()))
        .expect("it is a request")
}
