//! As whom the vendor is called: with a token of the account, or with one that its OAuth credentials are exchanged for.
//!
//! From the vendor's OpenAPI file (security scheme `OAuth2ClientCredentials`) and its Python client, which sends no
//! `grant_type` and takes a new token 30 s before the old one ends; read 2026-11-20.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use idv_core::{Clock, Error, ErrorKind, Repeat, Secret, Timestamp};
use url::form_urlencoded;

use super::{API_VERSION, Client, call, failed};
use crate::{error, map, wire};

/// As whom the vendor is called.
pub(crate) enum Credentials {
    /// A token of the account.
    Token(Secret),
    /// OAuth client credentials.
    OAuth(OAuth),
}

/// OAuth client credentials, and the token they were exchanged for last.
pub(crate) struct OAuth {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    token: Secret,
    renew_at: Timestamp,
}

/// So long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(30);

impl OAuth {
    pub(crate) fn new(client_id: String, client_secret: Secret, clock: Arc<dyn Clock>) -> Self {
        Self {
            client_id,
            client_secret,
            clock,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> Option<Secret> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref()?;
        (self.clock.now() < kept.renew_at).then(|| kept.token.clone())
    }

    fn keep(&self, kept: Option<Kept>) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

impl Client {
    /// What stands in the header `Authorization`.
    pub(super) async fn authorization(&self) -> Result<HeaderValue, Error> {
        let text = match &self.credentials {
            Credentials::Token(token) => format!("Token token={}", token.expose()),
            Credentials::OAuth(oauth) => {
                let token = match oauth.kept() {
                    Some(token) => token,
                    // Several at once may each get one: the vendor counts no tokens, and all of them work.
                    None => self.exchanged(oauth).await?,
                };
                format!("Bearer {}", token.expose())
            }
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            let message = "the API token cannot be put into a request";
            failed(ErrorKind::InvalidConfig, "authorization", message)
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// True if there is another token to be had than the one that was refused.
    pub(super) fn forget_token(&self) -> bool {
        match &self.credentials {
            Credentials::Token(_) => false,
            Credentials::OAuth(oauth) => {
                oauth.keep(None);
                true
            }
        }
    }

    /// A fresh token. It may be asked for again: each token lives for itself.
    async fn exchanged(&self, oauth: &OAuth) -> Result<Secret, Error> {
        let call = call("exchange_credentials", Repeat::Safe);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &oauth.client_id)
            .append_pair("client_secret", oauth.client_secret.expose())
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/{API_VERSION}/oauth/token", self.base.as_str()))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(call)
            .body(Bytes::from(form))
            .map_err(|_| {
                let message = "the address of the API cannot be put into a request";
                failed(ErrorKind::InvalidConfig, call.operation, message)
            })?;
        let asked_at = oauth.clock.now();
        let answer = self.transport.send(request).await;
        let answer = answer
            .map_err(|error| Error::from_transport(map::provider_id(), call.operation, error))?;
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            let mut error = error::from_answer(call.operation, head.status, &head.headers, &body);
            // Whatever it does not like about them: these credentials open nothing.
            if matches!(error.kind, ErrorKind::InvalidInput { .. }) {
                error.kind = ErrorKind::InvalidCredentials;
            }
            error.may_have_taken_effect = false;
            return Err(error);
        }
        let made: wire::AccessToken<'_> = map::object(&body)
            .map_err(|error| Error::from_unreadable(map::provider_id(), call.operation, error))?;
        let token = made.access_token.get().filter(|token| !token.is_empty());
        let token = token.map(Secret::from).ok_or_else(|| {
            let message = "the vendor's answer holds no token";
            failed(ErrorKind::BadResponse, call.operation, message)
        })?;
        let lifetime = made.expires_in.0.filter(|secs| (0.0..1e9).contains(secs));
        // One of which nobody knows how long it lives is used once.
        let lifetime = Duration::from_secs_f64(lifetime.unwrap_or_default());
        let renew_at = asked_at.plus(lifetime.saturating_sub(MARGIN));
        oauth.keep(Some(Kept {
            token: token.clone(),
            renew_at,
        }));
        Ok(token)
    }
}
