//! `GET /v1/verification-requests/{id}/timeline`: what was learned about a request, oldest first.
//!
//! Parameters: `limit` (1 to 500, else 100) and `cursor`. The answer is `{data: [entry…], next_cursor}`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{
    AccountId, Attention, ObservationId, ProviderId, ReasonCode, SessionId, Status, Timestamp,
};
use idv_engine::TimelineEntry;
use idv_engine::store::PageRequest;
use serde::Serialize;

use super::failure;
use super::path::PathId;
use crate::problem::{Kind, Problem};
use crate::routes::authorisation::Reader;
use crate::routes::query::Query;
use crate::routes::{Api, cursor};

const USUAL_LIMIT: u32 = 100;
const MOST: u32 = 500;

/// One thing that was learned, and what it changed.
#[derive(Serialize)]
struct EntryJson<'a> {
    id: ObservationId,
    /// When we learned it.
    at: Timestamp,
    /// How: `notification`, `payload`, `fetch`, `start` or `command`.
    source: &'static str,
    /// A word of ours, or the vendor's type of event.
    what: &'a str,
    account: Option<&'a AccountId>,
    provider: Option<&'a ProviderId>,
    session_id: Option<&'a SessionId>,
    /// The status the vendor's object carried.
    says: Option<&'a Status>,
    /// The status of the session before and after.
    status_before: Option<&'a Status>,
    status_after: Option<&'a Status>,
    /// The reasons the vendor's object carried.
    findings: &'a [ReasonCode],
    /// What it made worth a look.
    attention: &'a [Attention],
    /// When it happened by the vendor's clock.
    vendor_time: Option<Timestamp>,
}

#[derive(Serialize)]
struct PageJson<'a> {
    data: Vec<EntryJson<'a>>,
    next_cursor: Option<String>,
}

impl<'a> EntryJson<'a> {
    fn of(entry: &'a TimelineEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            source: entry.source.as_word(),
            what: &entry.what,
            account: entry.account.as_ref(),
            provider: entry.provider.as_ref(),
            session_id: entry.session_id.as_ref(),
            says: entry.says.as_ref(),
            status_before: entry.status_before.as_ref(),
            status_after: entry.status_after.as_ref(),
            findings: &entry.findings,
            attention: &entry.attention,
            vendor_time: entry.vendor_time,
        }
    }
}

/// 200 with a page, 404 if there is no such request.
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    PathId(id): PathId,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri);
    let (cursor, limit) = (query.text("cursor"), query.limit(USUAL_LIMIT, MOST));
    query.finish()?;
    let after = cursor.map(|text| cursor::decode(&text)).transpose()?;
    let found = api.engine.timeline(id, PageRequest { after, limit }).await;
    let page = found
        .map_err(|error| failure::of_query(&error))?
        .ok_or(Kind::NotFound)?;
    let json = PageJson {
        data: page.rows.iter().map(EntryJson::of).collect(),
        next_cursor: page.next.as_ref().map(cursor::encode),
    };
    Ok(Json(json).into_response())
}
