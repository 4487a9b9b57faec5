//! `PATCH /v1/endpoints/{id}`: changes an endpoint, switches it off or on again.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::EndpointId;
use idv_engine::EndpointChanges;
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::events::view::EventType;
use super::super::path::PathId;
use super::create::PayloadWord;
use super::failure;
use super::input::Input;
use super::view::EndpointJson;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// What to change. What is left out, or `null`, stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!(super::example::changes())))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct EndpointChangesInput {
    /// Where events are posted to.
    #[schema(min_length = 1, max_length = 2048)]
    url: Option<String>,
    /// What to call it.
    #[schema(min_length = 1, max_length = 200)]
    description: Option<String>,
    /// Only these types of event; with none in the list, all of them.
    #[schema(max_items = 100, value_type = Option<Vec<EventType>>)]
    types: Option<Vec<String>>,
    /// How much it is told.
    #[schema(inline)]
    payload: Option<PayloadWord>,
    /// At most so many deliveries per second; 0 for no limit.
    #[schema(minimum = 0, maximum = 10000)]
    rate_per_sec: Option<u32>,
    /// Headers to send along, name and value, in the place of those before.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    headers: Option<()>,
    /// Whether events are sent. One that was off goes on where it stopped: nothing is lost.
    enabled: Option<bool>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    &[Kind::NotFound, Kind::InvalidInput]
);

/// Change an endpoint, switch it off or on again
#[utoipa::path(
    patch,
    path = "/v1/endpoints/{id}",
    operation_id = "update_endpoint",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint.")),
    request_body = EndpointChangesInput,
    responses((status = 200, description = "The endpoint, changed.", body = EndpointJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn patch(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<EndpointId>,
    mut command: Command,
) -> Result<Response, Problem> {
    let Command { fields, errors, .. } = &mut command;
    let input = Input::read(fields, errors);
    let changes = EndpointChanges {
        url: input.url,
        description: input.description,
        kinds: input.kinds,
        payload: input.payload,
        rate_per_sec: input
            .rate_per_sec
            .map(|rate| Some(rate).filter(|rate| *rate > 0)),
        headers: input.headers,
        enabled: fields.boolean("enabled", errors),
    };
    let changes = command.finish(Some(changes))?;
    let view = api.engine.update_endpoint(id, changes).await;
    let view = view.map_err(|error| failure::of_endpoint(&error))?;
    Ok(Json(EndpointJson::of(&view)).into_response())
}
