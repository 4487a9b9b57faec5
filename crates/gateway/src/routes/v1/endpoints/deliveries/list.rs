//! `GET /v1/endpoints/{id}/deliveries`: events on their way to an endpoint, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{EndpointId, RequestId};
use idv_engine::store::{EventDeliveryFilter, EventDeliveryState, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::super::events::{deliveries_cursor_of, deliveries_position_of};
use super::super::super::path::PathId;
use super::super::failure;
use super::view::DeliveryJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;
use crate::routes::query::Query;

const USUAL_LIMIT: u32 = 50;
const MOST: u32 = 100;

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
#[schema(as = EventDeliveryPage)]
struct PageJson {
    data: Vec<DeliveryJson>,
    /// Where the next page begins; null on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// The filters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Filters {
    /// Only those in this state.
    #[param(inline)]
    state: Option<DeliveryStateWord>,
    /// Only those about this request.
    #[param(example = "idv_01kqv0m5ane8gs7xw2c4b9d3ft")]
    request: Option<RequestId>,
    /// So many per page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// What became of a delivery.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes words that are read by hand")]
enum DeliveryStateWord {
    Pending,
    Delivered,
    Failed,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::InvalidParameter, Kind::InvalidCursor]
);

/// List what is on its way to an endpoint, newest event first
#[utoipa::path(
    get,
    path = "/v1/endpoints/{id}/deliveries",
    operation_id = "list_event_deliveries",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint."), Filters),
    responses((status = 200, description = "A page.", body = PageJson), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<EndpointId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri);
    let state = "pending, delivered or failed";
    let filter = EventDeliveryFilter {
        endpoint: Some(id),
        state: query.parsed("state", state, EventDeliveryState::from_word),
        request: query.parsed("request", "the id of a request", |text| text.parse().ok()),
    };
    let (cursor, limit) = (query.text("cursor"), query.limit(USUAL_LIMIT, MOST));
    query.finish()?;
    let after = cursor.as_deref().map(deliveries_position_of).transpose()?;
    let endpoint = api.engine.endpoint(id).await;
    endpoint.map_err(|error| failure::of_endpoint(&error))?;
    let page = PageRequest { after, limit };
    let page = api.engine.event_deliveries(&filter, page).await;
    let page = page.map_err(|error| failure::of_endpoint(&error))?;
    let json = PageJson {
        data: page.rows.iter().map(DeliveryJson::of).collect(),
        next_cursor: page.next.map(deliveries_cursor_of),
    };
    Ok(Json(json).into_response())
}
