//! The gateway's door for webhooks, without a network.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use idv_core::webhook::InboundWebhook;
use idv_core::{AccountId, BodyStream, Clock, Transport, TransportError};
use idv_engine::{AcceptError, Engine};

/// Takes a webhook in under the account its address ends with, as the gateway's route does.
pub struct WayIn {
    engine: OnceLock<Engine>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for WayIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WayIn(..)")
    }
}

impl WayIn {
    /// A way that leads nowhere yet. `clock`: when webhooks arrive.
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let engine = OnceLock::new();
        Arc::new(Self { engine, clock })
    }

    /// From now on it leads there.
    ///
    /// # Panics
    /// If it leads somewhere already.
    pub fn leads_to(&self, engine: Engine) {
        assert!(self.engine.set(engine).is_ok(), "once");
    }
}

#[async_trait]
impl Transport for WayIn {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (head, body) = request.into_parts();
        let account = head.uri.path().rsplit('/').next().unwrap();
        let account = AccountId::new(account);
        let webhook = InboundWebhook::new(head.headers, body, self.clock.now());
        let engine = self.engine.get().expect("the gateway is open");
        let status = match engine.accept_webhook(&account, webhook).await {
            Ok(_) => StatusCode::OK,
            Err(AcceptError::Refused(_)) => StatusCode::UNAUTHORIZED,
            Err(AcceptError::Undecided(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Err(error) => panic!("the way in is broken: {error}"),
        };
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        Ok(response)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}
