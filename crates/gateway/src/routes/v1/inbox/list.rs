//! `GET /v1/inbox`: webhooks that were taken in, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{DeliveryId, Timestamp};
use idv_engine::store::PageRequest;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::verification_requests::failure;
use super::filters::{self, StateWord};
use super::view::InboxJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::authorisation::Operator;
use crate::routes::query::Query;
use crate::routes::{Api, cursor};

const USUAL_LIMIT: u32 = 50;
const MOST: u32 = 100;

/// A page of the inbox.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxPage)]
struct PageJson<'a> {
    data: Vec<InboxJson<'a>>,
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
    state: Option<StateWord>,
    /// Only those of this account.
    #[param(example = "acme-eu")]
    account: Option<String>,
    /// Only those about this session of the vendor.
    session: Option<String>,
    /// Only those taken in at or after this time.
    #[param(example = "2026-11-20T00:00:00Z")]
    received_after: Option<Timestamp>,
    /// Only those taken in before this time.
    #[param(example = "2026-11-21T00:00:00Z")]
    received_before: Option<Timestamp>,
    /// So many per page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::InvalidParameter, Kind::InvalidCursor]
);

/// List the webhooks that were taken in, newest first
///
/// Without their bodies, which are full of personal data: `idv inbox show <id> --body` prints one.
#[utoipa::path(
    get,
    path = "/v1/inbox",
    operation_id = "list_inbox",
    tag = "inbox",
    params(Filters),
    responses((status = 200, description = "A page.", body = PageJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri);
    let filter = filters::of_query(&mut query);
    let (cursor, limit) = (query.text("cursor"), query.limit(USUAL_LIMIT, MOST));
    query.finish()?;
    let after: Option<DeliveryId> = cursor.map(|text| cursor::decode(&text)).transpose()?;
    let page = api
        .engine
        .inbox(&filter, PageRequest { after, limit })
        .await;
    let page = page.map_err(|error| failure::of_query(&error))?;
    let json = PageJson {
        data: page.rows.iter().map(InboxJson::of).collect(),
        next_cursor: page.next.as_ref().map(cursor::encode),
    };
    Ok(Json(json).into_response())
}
