//! Who calls, and whether they may.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use idv_core::Actor;
use idv_engine::store::{ApiKeyId, ApiKeyRow};

use super::Api;
use crate::api_key::{ApiKey, Scope};
use crate::gateway::reasons;
use crate::problem::{Kind, Problem};

/// A caller whose key has the scope `read`, and which key that is.
pub(super) struct Reader(pub(super) ApiKeyId);

/// A caller whose key has the scope `write`, and what to call them in the log.
pub(super) struct Writer(pub(super) Actor);

impl FromRequestParts<Api> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = authorise(api, &parts.headers, Scope::Read).await?;
        Ok(Self(key.id))
    }
}

impl FromRequestParts<Api> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = authorise(api, &parts.headers, Scope::Write).await?;
        Ok(Self(Actor::ApiKey(key.name)))
    }
}

/// A caller whose key has the scope `review`.
pub(super) struct Reviewer(pub(super) Actor);

impl FromRequestParts<Api> for Reviewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = authorise(api, &parts.headers, Scope::Review).await?;
        Ok(Self(Actor::ApiKey(key.name)))
    }
}

/// A caller whose key has the scope `erase`.
pub(super) struct Eraser(pub(super) Actor);

impl FromRequestParts<Api> for Eraser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = authorise(api, &parts.headers, Scope::Erase).await?;
        Ok(Self(Actor::ApiKey(key.name)))
    }
}

/// A caller whose key has the scope `operate`.
pub(super) struct Operator(pub(super) Actor);

impl FromRequestParts<Api> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = authorise(api, &parts.headers, Scope::Operate).await?;
        Ok(Self(Actor::ApiKey(key.name)))
    }
}

async fn authorise(api: &Api, headers: &HeaderMap, scope: Scope) -> Result<ApiKeyRow, Problem> {
    let Some(key) = bearer(headers) else {
        return Err(unauthorized("Bearer realm=\"idv-gateway\"").detail(
            "send an API key: `Authorization: Bearer idvk_…`, made with `idv key create`",
        ));
    };
    let invalid = || {
        unauthorized("Bearer realm=\"idv-gateway\", error=\"invalid_token\"")
            .detail("the API key is not valid")
    };
    let key: ApiKey = key.parse().map_err(|_| invalid())?;
    let row = api
        .engine
        .store()
        .api_keys()
        .api_key(key.id())
        .await
        .map_err(|error| {
            tracing::error!(error = reasons(&error), "an API key could not be looked up");
            Problem::new(Kind::Unavailable).retry_after_secs(1)
        })?;
    // One answer for a key that is unknown, wrong or revoked.
    let row = row
        .filter(|row| key.is(row) && row.revoked_at.is_none())
        .ok_or_else(invalid)?;
    if row.scopes.iter().any(|word| word == scope.as_word()) {
        Ok(row)
    } else {
        Err(Problem::new(Kind::Forbidden).detail(format!("the API key lacks the scope {scope}")))
    }
}

fn unauthorized(challenge: &'static str) -> Problem {
    Problem::new(Kind::Unauthorized).header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

/// The token of the one `Authorization` header; with two of them nobody knows which one counts.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values
        .next()
        .filter(|_| values.next().is_none())?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
