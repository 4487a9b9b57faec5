//! The account with its sessions.

use std::sync::Arc;

use idv_simulator::Loopback;
use idv_simulator::stripe::{API_KEY, Account, Event, Session, WEBHOOK_SECRET};
use jiff::Timestamp;
use tokio::runtime::Runtime;

/// What the account is called in the gateway's configuration.
pub(super) const NAME: &str = "stripe-bench";

/// An account, served over loopback HTTP until it is dropped. It answers at once.
#[derive(Debug)]
pub struct StripeAccount {
    account: Arc<Account>,
    base_url: String,
    sessions: Vec<String>,
    _serving: Loopback,
    _runtime: Runtime,
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
            let mut session =
                Session::new(id.clone(), now).for_reference(format!("{series}-{place}"));
            events.push(session.created(now));
            account.insert(session);
            sessions.push(id);
        }
        // One thread: it has to share the processors with the gateway and the client.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let serving = runtime.block_on(Loopback::serve(account.clone())).unwrap();
        let served = Self {
            account,
            base_url: serving.base_url(),
            sessions,
            _serving: serving,
            _runtime: runtime,
        };
        (served, events)
    }

    /// The ids of its sessions.
    #[must_use]
    pub fn sessions(&self) -> &[String] {
        &self.sessions
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
        Self::table_at(&self.base_url)
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
