//! `POST /v1/endpoints/{id}/replay`: sends an endpoint again what happened after a place in the feed.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::EndpointId;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::path::PathId;
use super::{failure, input};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// From where.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!(super::example::replay())))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct ReplayInput {
    /// A cursor of the feed, or `beginning`.
    #[schema(pattern = "^[A-Za-z0-9_-]+$")]
    after: String,
}

/// What is sent again.
#[derive(Serialize, ToSchema)]
#[schema(as = Replay)]
struct ReplayJson {
    /// Events that were looked at. Those of types the endpoint does not want are not sent.
    events: u64,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    &[Kind::NotFound, Kind::EndpointNotEnabled]
);

/// Send events again
///
/// Every event after a place in the feed, whatever became of it before, with the same ids: whoever has seen one may pass
/// over it.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/replay",
    operation_id = "replay_events",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint.")),
    request_body = ReplayInput,
    responses((status = 200, description = "They are on their way.", body = ReplayJson), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<EndpointId>,
    mut command: Command,
) -> Result<Response, Problem> {
    let Command { fields, errors, .. } = &mut command;
    let after = input::after(fields, errors);
    if after.is_none() {
        fields.missing("after", errors);
    }
    let after = command.finish(after)?;
    let events = api.engine.replay_events(id, after).await;
    let events = events.map_err(|error| failure::of_endpoint(&error))?;
    Ok(Json(ReplayJson { events }).into_response())
}
