//! `GET /v1/inbox/missed`: what webhooks had not told when we asked, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{AccountId, ObservationId, RequestId, SessionKey, Status, Timestamp};
use idv_engine::store::{MissedWebhookFilter, MissedWebhookRow, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::verification_requests::failure;
use super::filters::TIME;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::authorisation::Operator;
use crate::routes::query::Query;
use crate::routes::{Api, cursor};

const USUAL_LIMIT: u32 = 50;
const MOST: u32 = 100;

/// A change that no webhook had told of when we asked the vendor.
#[derive(Serialize, ToSchema)]
#[schema(as = MissedWebhook, examples(json!(example())))]
pub(crate) struct MissedJson<'a> {
    /// What we learned when we asked, as on the timeline.
    observation: ObservationId,
    pub(crate) account: &'a AccountId,
    pub(crate) request_id: RequestId,
    session: SessionKey,
    pub(crate) found_at: Timestamp,
    /// The status as we had known it.
    pub(crate) status_before: &'a Status,
    /// The status as it was.
    pub(crate) status_after: &'a Status,
    /// For how long nothing had been heard, in seconds.
    pub(crate) quiet_for_secs: u64,
    /// When a webhook came after all: it was late, not lost.
    #[schema(required)]
    pub(crate) arrived_at: Option<Timestamp>,
}

impl<'a> MissedJson<'a> {
    pub(crate) fn of(row: &'a MissedWebhookRow) -> Self {
        Self {
            observation: row.observation,
            account: &row.account,
            request_id: row.request,
            session: row.session,
            found_at: row.found_at,
            status_before: &row.from,
            status_after: &row.to,
            quiet_for_secs: row.quiet_for.as_secs(),
            arrived_at: row.arrived_at,
        }
    }
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "observation": "obs_01kqv0m5ane8gs7xw2c4b9d3fy",
        "account": "acme-eu",
        "request_id": "idv_01kqv0m5ane8gs7xw2c4b9d3ft",
        "session": "ses_01kqv0m5ane8gs7xw2c4b9d3fv",
        "found_at": "2026-11-20T19:43:00Z",
        "status_before": "processing",
        "status_after": "passed",
        "quiet_for_secs": 3600,
        "arrived_at": null,
    })
}

/// A page of what was missed.
#[derive(Serialize, ToSchema)]
#[schema(as = MissedWebhookPage)]
struct PageJson<'a> {
    data: Vec<MissedJson<'a>>,
    /// Where the next page begins; null on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// The filters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Filters {
    /// Only those of this account.
    #[param(example = "acme-eu")]
    account: Option<String>,
    /// Only those found at or after this time.
    #[param(example = "2026-11-20T00:00:00Z")]
    since: Option<Timestamp>,
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

/// List what webhooks had not told, newest first
///
/// Sessions that are quiet for too long are asked about. Here is what had changed in the meantime and no webhook had
/// told of: many of them for one account mean that its webhooks do not arrive.
#[utoipa::path(
    get,
    path = "/v1/inbox/missed",
    operation_id = "list_missed_webhooks",
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
    let filter = MissedWebhookFilter {
        account: query.text("account").map(AccountId::new),
        since: query.parsed("since", TIME, |text| text.parse().ok()),
    };
    let (cursor, limit) = (query.text("cursor"), query.limit(USUAL_LIMIT, MOST));
    query.finish()?;
    let after: Option<ObservationId> = cursor.map(|text| cursor::decode(&text)).transpose()?;
    let page = PageRequest { after, limit };
    let page = api.engine.missed_webhooks(&filter, page).await;
    let page = page.map_err(|error| failure::of_query(&error))?;
    let json = PageJson {
        data: page.rows.iter().map(MissedJson::of).collect(),
        next_cursor: page.next.as_ref().map(cursor::encode),
    };
    Ok(Json(json).into_response())
}
