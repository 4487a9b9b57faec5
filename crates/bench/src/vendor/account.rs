//! The account with its sessions.

use std::sync::Arc;

use http::Request;
use http_body_util::Full;
use idv_simulator::stripe::{API_KEY, Account, Event, Session, WEBHOOK_SECRET};
use jiff::Timestamp;

use crate::load::{Sent, Served};

/// What the account is called in the gateway's configuration.
pub(super) const NAME: &str = "stripe-bench";

/// An account, served over loopback HTTP until it is dropped. It answers at once.
#[derive(Debug)]
pub struct StripeAccount {
    account: Arc<Account>,
    series: String,
    serving: Served,
    sessions: Vec<String>,
}

impl StripeAccount {
    /// One with so many sessions, each of a subject of its own, which were just made. They are named after `series`.
    ///
    /// # Panics
    /// If no port can be listened on.
    #[must_use]
    pub fn with_sessions(series: &str, number: usize) -> (Self, Vec<Event>) {
        let account = Arc::new(Account::simulated());
        let now = Timestamp::now().as_second();
        let mut events = Vec::with_capacity(number);
        let mut sessions = Vec::with_capacity(number);
        for place in 0..number {
            let id = format!("vs_1{series}{place:06}");
            let mut session = Session::new(id.clone(), now).for_reference(subject(series, place));
            events.push(session.created(now));
            account.insert(session);
            sessions.push(id);
        }
        let serving = Served::on_its_own_thread(account.clone());
        let served = Self {
            account,
            series: series.to_owned(),
            sessions,
            serving,
        };
        (served, events)
    }

    /// The ids of its sessions.
    #[must_use]
    pub fn sessions(&self) -> &[String] {
        &self.sessions
    }

    /// Whom the session at this place is about.
    #[must_use]
    pub fn subject(&self, place: usize) -> String {
        subject(&self.series, place)
    }

    /// The session at this place, as its customer asks for it.
    ///
    /// # Panics
    /// If there is no such session.
    #[must_use]
    pub fn question(&self, place: usize) -> Sent {
        let session = &self.sessions[place];
        Request::get(format!("/v1/identity/verification_sessions/{session}"))
            .header("host", "bench")
            .header("authorization", format!("Bearer {API_KEY}"))
            .body(Full::default())
            .expect("it is a request")
    }

    /// Where it is served.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.serving.base_url()
    }

    /// A session whose subject is waited for is submitted, and one that was submitted fails. Returns the event of it.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn go_on(&self, session: &str) -> Event {
        let now = Timestamp::now().as_second();
        let go_on = |session: &mut Session| match session.submit(now) {
            Ok(submitted) => submitted,
            Err(_) => session
                .fail(now, "document_expired")
                .expect("it was submitted"),
        };
        self.account.with(session, go_on).expect("it is here")
    }

    /// Has a session be verified. Returns the event of it.
    ///
    /// # Panics
    /// If it has been verified before.
    #[must_use]
    pub fn verify(&self, session: &str) -> Event {
        let now = Timestamp::now().as_second();
        let verify = |session: &mut Session| {
            let _ = session.submit(now).expect("it waits for its subject");
            session.verify(now).expect("it was submitted")
        };
        self.account.with(session, verify).expect("it is here")
    }

    /// It, in the gateway's configuration.
    #[must_use]
    pub fn table(&self) -> String {
        Self::table_at(self.serving.base_url())
    }

    /// The same account, whose API is somewhere else.
    #[must_use]
    pub fn table_at(base_url: &str) -> String {
        format!(
            "[accounts.{NAME}]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nunmatched = \"adopt\"\n\
             api_key = \"{API_KEY}\"\nwebhook_secrets = [\"{WEBHOOK_SECRET}\"]\ncalls_per_sec = 10000\n\
             [accounts.{NAME}.options]\napi_base_url = \"{base_url}\"\n"
        )
    }
}

fn subject(series: &str, place: usize) -> String {
    format!("{series}-{place}")
}
