//! `POST /v1/inbox/requeue`: puts every webhook that a filter names back to work.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::verification_requests::failure;
use super::filters;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, problems};
use crate::problem::Problem;
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// Which ones. All that is said must hold.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "state": "dead",
    "account": "acme-eu",
    "session": "vs_1Example",
    "reason_contains": "API key",
    "received_after": "2026-11-20T00:00:00Z",
    "received_before": "2026-11-21T00:00:00Z",
})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct RequeueInput {
    /// Those in this state. It must be said, so that nothing is put back by accident.
    #[schema(pattern = "^(ignored|unmatched|dead)$")]
    state: String,
    /// Only those of this account.
    #[schema(min_length = 1, max_length = 200)]
    account: Option<String>,
    /// Only those about this session of the vendor.
    #[schema(min_length = 1, max_length = 200)]
    session: Option<String>,
    /// Only those whose reason contains these words.
    #[schema(min_length = 1, max_length = 200)]
    reason_contains: Option<String>,
    /// Only those taken in at or after this time.
    received_after: Option<Timestamp>,
    /// Only those taken in before this time.
    received_before: Option<Timestamp>,
}

/// What was put back to work.
#[derive(Serialize, ToSchema)]
#[schema(as = Requeued)]
struct RequeuedJson {
    requeued: u64,
}

problems!(Problems = WITH_A_KEY, WITH_A_BODY);

/// Put webhooks back to work
///
/// Every one that is in this state and fits, with all its tries ahead; those whose bodies were destroyed stay.
#[utoipa::path(
    post,
    path = "/v1/inbox/requeue",
    operation_id = "requeue_inbox",
    tag = "inbox",
    request_body = RequeueInput,
    responses((status = 200, description = "How many there were.", body = RequeuedJson), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(_): Operator,
    mut command: Command,
) -> Result<Response, Problem> {
    let Command { fields, errors, .. } = &mut command;
    let filter = filters::of_body(fields, errors);
    if filter.state.is_none() {
        fields.missing("state", errors);
    }
    let filter = command.finish(filter.state.is_some().then_some(filter))?;
    let requeued = api.engine.requeue_all(&filter).await;
    let requeued = requeued.map_err(|error| failure::of_query(&error))?;
    Ok(Json(RequeuedJson { requeued }).into_response())
}
