//! The demo's two parts besides the gateway: the vendors that post webhooks, and the application that reads.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use idv_core::{Call, Repeat, Secret, Transport as _, json};
use idv_http::{HttpSettings, HttpTransport};
use serde_json::Value;

use crate::cli::Failure;

/// Speaks to the gateway over HTTP.
pub(super) struct Client {
    address: SocketAddr,
    key: Secret,
    transport: HttpTransport,
}

impl Client {
    pub(super) fn new(address: SocketAddr, key: Secret) -> Result<Self, Failure> {
        let mut settings = HttpSettings::default();
        // This machine speaks to itself: no proxy has a part in it.
        settings.proxy_from_environment = false;
        let transport =
            HttpTransport::new(&settings).map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self {
            address,
            key,
            transport,
        })
    }

    /// Posts a webhook as the vendor does.
    pub(super) async fn deliver(
        &self,
        account: &str,
        body: &[u8],
        (header, signature): &(&'static str, String),
    ) -> Result<StatusCode, Failure> {
        let request = Request::post(self.url(&format!("/webhooks/{account}")))
            .header("content-type", "application/json; charset=utf-8")
            .header(*header, signature)
            .body(Bytes::copy_from_slice(body));
        Ok(self.send(request).await?.status())
    }

    /// Reads something as the application does.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = Request::get(self.url(path))
            .header("authorization", format!("Bearer {}", self.key.expose()))
            .body(Bytes::new());
        let response = self.send(request).await?;
        if response.status() != StatusCode::OK {
            return Err(Failure::failed(format!(
                "GET {path} was answered with {}",
                response.status()
            )));
        }
        json::decode(response.body())
            .map_err(|error| Failure::failed(format!("GET {path}: {error}")))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn send(
        &self,
        request: http::Result<Request<Bytes>>,
    ) -> Result<Response<Bytes>, Failure> {
        let mut request = request.map_err(|error| Failure::failed(error.to_string()))?;
        request.extensions_mut().insert(Call {
            operation: "demo",
            repeat: Repeat::Never,
            deadline: Duration::from_secs(10),
        });
        let sent = self.transport.send(request).await;
        sent.map_err(|error| Failure::failed(format!("the gateway did not answer: {error}")))
    }
}
