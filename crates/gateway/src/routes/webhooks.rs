//! `POST /webhooks/{account}`: a vendor says that something happened.
//!
//! | answer | when |
//! |---|---|
//! | 200, empty | it is proven and on disk; also if it was there before, or cannot be read: that is our affair now |
//! | 401, no reason | it is not proven. The reason is in the log |
//! | 429, `Retry-After` | it is not proven, like too many before it from the same sender |
//! | 404 | there is no such account |
//! | 408, 413 | the body took too long, or is too large |
//! | 503, `Retry-After` | too much to do, the disk or a key of the vendor is away: send it again |

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::request::Parts;
use http::{Request, StatusCode};
use idv_core::AccountId;
use idv_core::webhook::{InboundWebhook, Refusal};
use idv_engine::{AcceptError, Accepted};

use super::{Api, body};
use crate::gateway::reasons;
use crate::openapi::{ANYWHERE, problems};
use crate::problem::{Kind, Problem};
use crate::server::Peer;

/// When a vendor should try again, in seconds. Most have a schedule of their own and ignore it.
const RETRY_AFTER_SECS: u64 = 5;

problems!(
    Problems = ANYWHERE,
    &[
        Kind::Unauthorized,
        Kind::NotFound,
        Kind::TooManyRefusals,
        Kind::IncompleteBody,
        Kind::RequestTimeout,
        Kind::BodyTooLarge,
        Kind::Unavailable,
    ]
);

/// Take a vendor's webhook in
///
/// Called by vendors, not by applications. The body's exact bytes are verified with the vendor's own headers before
/// anything is read. 200 means that it is on disk; a duplicate is answered the same way. One that is not proven is
/// answered with 401 and no reason: the reason is in the log. A sender that had too many refused gets 429 for the next
/// one that is not proven; what is proven is always taken.
#[utoipa::path(
    post,
    path = "/webhooks/{account}",
    operation_id = "receive_webhook",
    tag = "webhooks",
    params(("account" = String, Path, description = "The name of the account in the configuration.", example = "acme-eu")),
    request_body(
        content = Value,
        content_type = "application/json",
        description = "What the vendor sends, byte for byte. Its shape is the vendor's."
    ),
    responses((status = 200, description = "It is proven and on disk."), Problems),
    security(())
)]
pub(super) async fn post(
    State(api): State<Api>,
    account: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Result<StatusCode, Problem> {
    let account = account
        .ok()
        .map(|Path(name)| AccountId::new(name))
        .filter(|id| api.engine.accounts().get(id).is_some())
        .ok_or(Kind::NotFound)?;
    let (parts, sent) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let client = api.client_address.of(peer, &parts.headers);
    let limits = if api.client_address.is_proxy(client) {
        api.body_limits.clone()
    } else {
        api.body_limits.of_stranger(client.into())
    };
    let body = body::read(&limits, &parts.headers, sent).await?;
    let body_bytes = body.len();
    let webhook = inbound(parts, body, &api);
    match api.engine.accept_webhook(&account, &webhook).await {
        Ok(accepted) => {
            let (outcome, delivery) = match accepted {
                Accepted::Stored(id) => ("stored", id),
                Accepted::Duplicate(id) => ("duplicate", id),
            };
            tracing::info!(%account, %delivery, outcome, body_bytes, "webhook");
            Ok(StatusCode::OK)
        }
        Err(AcceptError::Refused(reason)) => {
            api.diagnoser.consider(&account, &webhook);
            Err(refused(&api, &reason, &account, client))
        }
        Err(error) => Err(failed(&error, &account)),
    }
}

fn inbound(parts: Parts, body: bytes::Bytes, api: &Api) -> InboundWebhook {
    let mut webhook = InboundWebhook::new(parts.headers, body, api.clock.now());
    webhook.method = parts.method;
    webhook.path = parts
        .uri
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    webhook.peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
    webhook
}

/// Counts a refusal. One beyond the sender's budget is not logged by itself, or forgeries would fill the disk.
fn refused(api: &Api, reason: &Refusal, account: &AccountId, client: IpAddr) -> Problem {
    let word = reason.as_word();
    let now = api.clock.now();
    let refused = api.refusals.count(now, account, word, client.into());
    if let Some(count) = refused.unlogged {
        tracing::warn!(
            count,
            "webhooks were refused that are not listed one by one: their senders had too many refused"
        );
    }
    match refused.wait {
        None => {
            tracing::warn!(%account, outcome = "refused", reason = word, detail = %reason, "webhook");
            Kind::Unauthorized.into()
        }
        Some(wait) => {
            let secs = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::new(Kind::TooManyRefusals).retry_after_secs(secs)
        }
    }
}

fn failed(error: &AcceptError, account: &AccountId) -> Problem {
    if matches!(error, AcceptError::UnknownAccount) {
        return Kind::NotFound.into();
    }
    tracing::error!(%account, outcome = "unavailable", error = reasons(error), "webhook");
    Problem::new(Kind::Unavailable).retry_after_secs(RETRY_AFTER_SECS)
}
