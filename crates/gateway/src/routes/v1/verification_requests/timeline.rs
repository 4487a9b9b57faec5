//! `GET /v1/verification-requests/{id}/timeline`: what was learned about a request, oldest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{
    AccountId, Attention, EvidenceRole, ObservationId, ProviderId, ReasonCode, RequestId,
    SessionId, Status, Timestamp,
};
use idv_engine::TimelineEntry;
use idv_engine::fold::CommandFact;
use idv_engine::store::PageRequest;
use serde::Serialize;
use utoipa::ToSchema;

use super::failure;
use super::view::ActorJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::authorisation::Reader;
use crate::routes::query::Query;
use crate::routes::v1::path::PathId;
use crate::routes::{Api, cursor};

const USUAL_LIMIT: u32 = 100;
const MOST: u32 = 500;

/// One thing that was learned, and what it changed.
#[derive(Serialize, ToSchema)]
#[schema(as = TimelineEntry, examples(json!(super::example::timeline_entry())))]
struct EntryJson<'a> {
    id: ObservationId,
    /// When we learned it.
    at: Timestamp,
    /// How: `notification`, `payload`, `fetch`, `start` or `command`.
    source: &'static str,
    /// A word of ours, or the vendor's type of event.
    what: &'a str,
    /// The account it came through.
    #[schema(required)]
    account: Option<&'a AccountId>,
    #[schema(required)]
    provider: Option<&'a ProviderId>,
    /// The vendor's id of the session.
    #[schema(required)]
    session_id: Option<&'a SessionId>,
    /// The status the vendor's object carried.
    #[schema(required)]
    says: Option<&'a Status>,
    /// The status of the session before.
    #[schema(required)]
    status_before: Option<&'a Status>,
    /// The status of the session after.
    #[schema(required)]
    status_after: Option<&'a Status>,
    /// The reasons the vendor's object carried.
    findings: &'a [ReasonCode],
    /// What it made worth a look.
    attention: &'a [Attention],
    /// When it happened by the vendor's clock.
    #[schema(required)]
    vendor_time: Option<Timestamp>,
    /// Who gave the command, for a command.
    #[schema(required)]
    actor: Option<ActorJson<'a>>,
    /// Which file somebody was handed, for `evidence_opened`.
    #[schema(required)]
    evidence: Option<EvidenceOpenedJson<'a>>,
}

/// A file somebody was handed.
#[derive(Serialize, ToSchema)]
#[schema(as = EvidenceOpened)]
struct EvidenceOpenedJson<'a> {
    /// What it shows.
    role: &'a EvidenceRole,
    /// The vendor's id of it.
    vendor_file_id: &'a str,
}

fn evidence(entry: &TimelineEntry) -> Option<EvidenceOpenedJson<'_>> {
    match entry.decided.as_ref()? {
        CommandFact::EvidenceOpened {
            role,
            vendor_file_id,
        } => Some(EvidenceOpenedJson {
            role,
            vendor_file_id,
        }),
        _ => None,
    }
}

/// A page of a timeline.
#[derive(Serialize, ToSchema)]
#[schema(as = TimelinePage)]
struct PageJson<'a> {
    data: Vec<EntryJson<'a>>,
    /// Where the next page begins; null on the last one.
    #[schema(required)]
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
            actor: entry.actor.as_ref().map(ActorJson::of),
            evidence: evidence(entry),
        }
    }
}

/// The parameters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Paging {
    /// So many per page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::InvalidParameter, Kind::InvalidCursor]
);

/// Read what was learned about a request, oldest first
#[utoipa::path(
    get,
    path = "/v1/verification-requests/{id}/timeline",
    operation_id = "get_verification_timeline",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request."), Paging),
    responses((status = 200, description = "A page.", body = PageJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
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
