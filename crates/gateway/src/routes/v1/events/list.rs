//! `GET /v1/events`: what happened, oldest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_engine::EventView;
use idv_engine::store::EventPosition;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::endpoints::failure;
use super::cursor_of;
use super::place::{Place, Wanted};
use super::view::{EventJson, EventType};
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;
use crate::routes::query::Query;

const USUAL_LIMIT: u32 = 100;
const MOST: u32 = 500;

/// How many events one page looks at, at the most: where few are of the wanted types, a page is short rather than slow.
const MOST_LOOKED_AT: u32 = 5000;

/// A page of the feed.
#[derive(Serialize, ToSchema)]
#[schema(as = EventPage)]
struct PageJson<'a> {
    data: Vec<EventJson<'a>>,
    /// Where to read on, as `after`. Always there: also when nothing has happened since.
    next_cursor: String,
    /// True if there is more already; false if it is time to wait.
    has_more: bool,
}

/// The parameters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Parameters {
    /// `next_cursor` of the page before, or the `cursor` of an event; `now` for what happens from now on. Without it
    /// from the beginning.
    after: Option<String>,
    /// Only these types, with commas between them.
    #[param(style = Form, explode = false, value_type = Option<Vec<EventType>>)]
    types: Option<Vec<String>>,
    /// So many per page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::InvalidParameter, Kind::InvalidCursor]
);

/// Read what happened, oldest first
///
/// Whoever keeps `next_cursor` and reads on from it gets every event once and none is missing, however many are written
/// at the same time. Events of one request are in the order in which they happened.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "list_events",
    tag = "events",
    params(Parameters),
    responses((status = 200, description = "A page.", body = PageJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri);
    let after = query.text("after");
    let wanted = Wanted::read(&mut query);
    let limit = query.limit(USUAL_LIMIT, MOST);
    query.finish()?;
    let place = Place::read(after.as_deref())?;
    let read = read(&api, place.position(&api.engine).await?, &wanted, limit).await?;
    let json = PageJson {
        data: read.events.iter().filter_map(EventJson::of).collect(),
        next_cursor: cursor_of(read.position),
        has_more: read.has_more,
    };
    Ok(Json(json).into_response())
}

struct Read {
    events: Vec<EventView>,
    position: EventPosition,
    has_more: bool,
}

/// Reads on until the page is full, nothing is left, or enough was looked at.
async fn read(
    api: &Api,
    after: EventPosition,
    wanted: &Wanted,
    limit: u32,
) -> Result<Read, Problem> {
    let mut read = Read {
        events: Vec::new(),
        position: after,
        has_more: true,
    };
    let mut looked_at = 0;
    while looked_at < MOST_LOOKED_AT {
        let batch = api.engine.events_after(read.position, limit).await;
        let batch = batch.map_err(|error| failure::of_endpoint(&error))?;
        let whole = batch.len() >= limit as usize;
        for event in batch {
            if read.events.len() >= limit as usize {
                return Ok(read);
            }
            looked_at += 1;
            read.position = event.position;
            if wanted.has(event.kind) {
                read.events.push(event);
            }
        }
        if !whole {
            read.has_more = false;
            break;
        }
        if read.events.len() >= limit as usize {
            break;
        }
    }
    Ok(read)
}
