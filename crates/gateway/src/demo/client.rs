//! Calls over HTTP: of the application to the gateway, of a person to a vendor's page, and of whoever posts webhooks.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use idv_core::{Call, Repeat, Secret, Transport as _, json};
use idv_http::{HttpSettings, HttpTransport};
use serde_json::Value;

use crate::cli::Failure;

/// Speaks to the gateway as the application does, and to a vendor's pages as a person does.
pub(super) struct Client {
    gateway: String,
    key: Secret,
    transport: HttpTransport,
}

impl Client {
    pub(super) fn new(gateway: &str, key: Secret) -> Result<Self, Failure> {
        let mut settings = HttpSettings::default();
        // This machine speaks to itself: no proxy has a part in it.
        settings.proxy_from_environment = false;
        let transport =
            HttpTransport::new(&settings).map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self {
            gateway: gateway.to_owned(),
            key,
            transport,
        })
    }

    /// Asks the gateway's API for something.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Has the gateway's API do something.
    pub(super) async fn post(&self, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        self.call(Method::POST, path, body).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.gateway);
        let mut request = Request::builder().method(&method).uri(url);
        request = request.header("authorization", format!("Bearer {}", self.key.expose()));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.send(request.body(body.into())).await?;
        if !answer.status().is_success() {
            let status = answer.status();
            let problem: Option<Value> = json::decode(answer.body()).ok();
            let code = problem
                .as_ref()
                .and_then(|problem| problem.get("code")?.as_str());
            let code = code.unwrap_or_default();
            return Err(Failure::failed(format!(
                "{method} {path} was answered with {status} {code}"
            )));
        }
        json::decode(answer.body())
            .map_err(|error| Failure::failed(format!("{method} {path}: {error}")))
    }

    /// Opens a vendor's page as a person does, and chooses what is to happen.
    pub(super) async fn fill_in(&self, page: &str, choice: &str) -> Result<(), Failure> {
        let opened = self.send(Request::get(page).body(Bytes::new())).await?;
        let offered = format!("value=\"{choice}\"");
        let is_offered = str::from_utf8(opened.body()).is_ok_and(|html| html.contains(&offered));
        if opened.status() != StatusCode::OK || !is_offered {
            return Err(Failure::failed(format!(
                "the vendor's page was answered with {} and does not offer {choice}",
                opened.status()
            )));
        }
        let request = Request::post(page)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(format!("scenario={choice}")));
        let answer = self.send(request).await?.status();
        if answer.is_success() || answer.is_redirection() {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "the vendor's page, filled in, was answered with {answer}"
        )))
    }

    /// Posts bytes with these headers: a webhook, or what looks like one.
    pub(super) async fn deliver(
        &self,
        url: &str,
        body: &Bytes,
        headers: &HeaderMap,
    ) -> Result<StatusCode, Failure> {
        let request = Request::post(url).body(body.clone());
        let request = request.map(|mut request| {
            request.headers_mut().clone_from(headers);
            request
        });
        Ok(self.send(request).await?.status())
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
        sent.map_err(|error| {
            Failure::failed(format!("a call on this machine was not answered: {error}"))
        })
    }
}
