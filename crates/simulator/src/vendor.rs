//! What every stand-in can do, whichever vendor it stands for.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::page::Choice;
use crate::scenario::Action;

/// A vendor there is a stand-in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorKind {
    /// Stripe Identity.
    Stripe,
    /// Onfido workflow runs.
    Onfido,
    /// Plaid Identity Verification.
    Plaid,
}

impl VendorKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Onfido, Self::Plaid];

    /// The word for it in scenarios, on the command line and in folders.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Onfido => "onfido",
            Self::Plaid => "plaid",
        }
    }

    /// The vendor of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_word() == word)
    }
}

impl fmt::Display for VendorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_word())
    }
}

/// One account at a vendor, with everything in it: an HTTP API with its hosted pages, and webhooks that wait to be sent.
///
/// There is no clock, no network and no thread in it. What happens when is the [`Simulator`](crate::Simulator)'s affair,
/// which asks after every call and every action what has begun and what is to be sent.
pub trait Vendor: Send + Sync + 'static {
    /// Which vendor it stands for.
    fn kind(&self) -> VendorKind;

    /// Says where its API and its pages are reached: without a slash at the end. Links it hands out begin so.
    fn set_base_url(&self, base_url: &str);

    /// Sends the account's webhooks there from now on, besides where the API says. For whoever has no dashboard to
    /// click in.
    fn add_endpoint(&self, url: &str);

    /// What can be chosen on its hosted pages.
    fn set_choices(&self, choices: Vec<Choice>);

    /// What takes time at the vendor takes so many times less from now on, if somebody waits for it: see
    /// [`Vendor::next_due`]. How long keys and links are good for stays as it is.
    fn set_speed(&self, times: u32) {
        let _ = times;
    }

    /// Answers one request, of the API or of a hosted page.
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes>;

    /// Whether this action can be read, in any state of the object.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    fn check(&self, action: &Action) -> Result<(), String>;

    /// Does one thing that is done without the API: by the person, by the vendor's machines or staff.
    ///
    /// # Errors
    /// [`CannotPlay`] if the vendor would not let this happen to the object as it is now. Nothing has changed then.
    fn play(&self, object: &str, action: &Action, now: Timestamp) -> Result<(), CannotPlay>;

    /// When something falls due at the vendor that nobody has asked for and no scenario plays: a file is written, a time
    /// runs out. None if nothing is.
    fn next_due(&self) -> Option<Timestamp> {
        None
    }

    /// Does what is due by now of that.
    fn work_due(&self, now: Timestamp) {
        let _ = now;
    }

    /// The objects for which a scenario is to begin since this was last asked: just made, or a page was filled in.
    fn take_begun(&self) -> Vec<Begun>;

    /// What is to be sent since this was last asked, in order: one for each endpoint that wants the event.
    fn take_outgoing(&self) -> Vec<Outgoing>;

    /// The headers of one attempt to deliver, signed now over these bytes.
    fn sign(&self, outgoing: &Outgoing, body: &[u8], signer: Signer, now: Timestamp) -> HeaderMap;

    /// The headers of an attempt that repeats one first made at `first`: signed anew, unless the vendor sends its first
    /// signature again.
    fn sign_again(
        &self,
        outgoing: &Outgoing,
        body: &[u8],
        signer: Signer,
        first: Timestamp,
        now: Timestamp,
    ) -> HeaderMap {
        let _ = first;
        self.sign(outgoing, body, signer, now)
    }

    /// Told of every attempt to deliver. Whether the vendor would try this receiver again at all: some stop for one that
    /// refuses nearly everything.
    fn is_tried_again(&self, outgoing: &Outgoing, is_taken: bool, now: Timestamp) -> bool {
        let _ = (outgoing, is_taken, now);
        true
    }

    /// How long the vendor waits after so many attempts that failed (1 after the first); none if it gives up.
    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration>;

    /// Whether a receiver that answers so has taken the webhook.
    fn is_taken(&self, status: StatusCode) -> bool;

    /// Whether the endpoint still wants it: one that was taken away or switched off since is not tried again.
    fn is_wanted(&self, outgoing: &Outgoing) -> bool {
        let _ = outgoing;
        true
    }

    /// Learns that an endpoint has taken a webhook.
    fn delivered(&self, outgoing: &Outgoing) {
        let _ = outgoing;
    }

    /// The vendor's answer to whoever calls too often.
    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes>;

    /// The vendor's answer when it is the vendor that is broken.
    fn server_error(&self, status: StatusCode) -> Response<Bytes>;

    /// Every session object, by id, oldest first: a run, an attempt, a verification session.
    fn objects(&self) -> Vec<String>;

    /// The session object as the API would show it now, with everything that can be asked for. None if there is none.
    fn object(&self, id: &str, now: Timestamp) -> Option<Value>;
}

/// An object for which a scenario is to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The object's id.
    pub object: String,
    /// The scenario that was asked for; none: the vendor's usual one.
    pub scenario: Option<String>,
}

/// A webhook for one endpoint. It is signed each time it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The object it is about.
    pub object: String,
    /// What happened, in the vendor's word.
    pub event: String,
    /// The endpoint's id at the vendor, by which the vendor finds its secrets.
    pub endpoint: String,
    /// Where it goes.
    pub url: String,
    /// The bytes.
    pub body: Bytes,
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The vendor, with a secret the receiver was given.
    Vendor,
    /// Somebody who has no such secret and signs in the same form.
    SomebodyElse,
}

/// The vendor would not let this happen now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotPlay {
    /// There is no object of this id.
    #[error("there is no such object")]
    NoSuchObject,
    /// The action cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The object is in a state in which this does not happen.
    #[error("{0}")]
    NotNow(String),
}
