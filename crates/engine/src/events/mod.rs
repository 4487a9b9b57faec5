//! What the application is told, and how it gets there.
//!
//! An event is written in the transaction that changed the request (`write`). Once that is committed it is given its place
//! in the stream, which can be read (`feed`). For each endpoint it becomes a delivery, which is sent until the endpoint
//! takes it (`dispatch`, `lane`, `attempt`).

mod address;
mod answer;
mod attempt;
mod body;
mod change;
mod create;
mod custom_headers;
mod dispatch;
mod error;
mod feed;
mod health;
mod lane;
mod log;
mod outcome;
mod rotate;
mod schedule;
mod settle;
mod signature;
mod view;
mod write;

use std::fmt;
use std::sync::{Arc, OnceLock};

use idv_core::Transport;
use serde_json::value::RawValue;
use tokio::sync::{Notify, watch};

use crate::Engine;
use crate::query::RequestView;

pub use change::EndpointChanges;
pub use create::NewEndpoint;
pub use error::{EndpointError, EndpointUrlProblem};
pub use rotate::DEFAULT_SECRET_OVERLAP;
pub use signature::{EndpointSecret, EndpointSecretError};
pub use view::{AttemptView, EndpointView, EventDeliveryView, EventView, SecretView};

/// Tells a request in the application's words, for endpoints that want more than ids.
pub trait DescribeRequest: fmt::Debug + Send + Sync {
    /// The request as the API shows it, JSON.
    fn describe(&self, view: &RequestView) -> Box<RawValue>;
}

/// The embedder's policy about URLs: which ones an endpoint may have.
pub type EndpointCheck = Arc<dyn Fn(&str) -> Result<(), EndpointUrlProblem> + Send + Sync>;

/// What the way of events out needs, besides the database.
pub(crate) struct Outward {
    /// Sends; without it nothing is sent.
    transport: OnceLock<Arc<dyn Transport>>,
    describe: OnceLock<Arc<dyn DescribeRequest>>,
    url_check: OnceLock<EndpointCheck>,
    /// Wakes whoever places events: one is being written.
    written: Notify,
    /// Wakes everybody who waits for events: this process has placed one.
    placed: watch::Sender<()>,
    /// Wakes every lane: an endpoint was changed, or a delivery was put back to work.
    changed: watch::Sender<()>,
}

impl Default for Outward {
    fn default() -> Self {
        Self {
            transport: OnceLock::new(),
            describe: OnceLock::new(),
            url_check: OnceLock::new(),
            written: Notify::new(),
            placed: watch::Sender::new(()),
            changed: watch::Sender::new(()),
        }
    }
}

impl fmt::Debug for Outward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outward").finish_non_exhaustive()
    }
}

impl Engine {
    /// Delivers events through this. Without it nothing is sent; events can be read all the same. The first one counts.
    #[must_use]
    pub fn with_endpoint_transport(self, transport: Arc<dyn Transport>) -> Self {
        let _ = self.inner.outward.transport.set(transport);
        self
    }

    /// Tells requests with this to endpoints that want more than ids. Without it they are told no more than others. The
    /// first one counts.
    #[must_use]
    pub fn with_full_payload(self, describe: Arc<dyn DescribeRequest>) -> Self {
        let _ = self.inner.outward.describe.set(describe);
        self
    }

    /// Has the URL of every endpoint checked with this before it is stored. The first one counts.
    #[must_use]
    pub fn with_endpoint_check(self, check: EndpointCheck) -> Self {
        let _ = self.inner.outward.url_check.set(check);
        self
    }
}
