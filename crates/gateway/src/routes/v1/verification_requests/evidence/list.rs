//! `GET /v1/verification-requests/{id}/evidence`: which files there are.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::{AccountId, DataState, EvidenceRole, ProviderId, RequestId, SessionId};
use idv_engine::{EvidenceEntry, EvidenceGap};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{example, failure};
use super::open::later;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reviewer;
use crate::routes::v1::path::PathId;

/// The files that vendors hold about a request, over all of its sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = EvidenceListing, examples(json!(example::evidence())))]
struct ListingJson<'a> {
    data: Vec<FileJson<'a>>,
    /// What could not be looked at. Where something stands here, `data` may not be all there is.
    not_shown: Vec<GapJson<'a>>,
}

/// One file.
#[derive(Serialize, ToSchema)]
#[schema(as = EvidenceFile)]
struct FileJson<'a> {
    /// Under this id it is downloaded.
    #[schema(pattern = "^evd_[A-Za-z0-9_-]+$")]
    id: String,
    /// The vendor's id of the session.
    session_id: &'a SessionId,
    account: &'a AccountId,
    provider: &'a ProviderId,
    /// What it shows.
    role: &'a EvidenceRole,
    /// As the vendor says; nobody has looked whether it is true.
    #[schema(required)]
    media_type: Option<&'a str>,
    /// As the vendor says.
    #[schema(required)]
    size_bytes: Option<u64>,
    /// Of the content, in hexadecimal, where it is known.
    #[schema(required, pattern = "^[0-9a-f]{64}$")]
    sha256: Option<String>,
    data_state: &'a DataState,
}

/// Something that could not be looked at.
#[derive(Serialize, ToSchema)]
#[schema(as = EvidenceGap)]
struct GapJson<'a> {
    /// The vendor's id of the session; null for one that was not made yet.
    #[schema(required)]
    session_id: Option<&'a SessionId>,
    account: &'a AccountId,
    /// The part of the session; null for the whole of it.
    #[schema(required)]
    part: Option<&'a str>,
    /// Why, in a sentence for people.
    reason: &'a str,
}

impl<'a> FileJson<'a> {
    fn of(file: &'a EvidenceEntry) -> Self {
        Self {
            id: file.id.to_string(),
            session_id: &file.session_id,
            account: &file.account,
            provider: &file.provider,
            role: &file.role,
            media_type: file.media_type.as_deref(),
            size_bytes: file.size_bytes,
            sha256: file.sha256.as_ref().map(hex),
            data_state: &file.data_state,
        }
    }
}

impl<'a> GapJson<'a> {
    fn of(gap: &'a EvidenceGap) -> Self {
        Self {
            session_id: gap.session_id.as_ref(),
            account: &gap.account,
            part: gap.part,
            reason: gap.reason,
        }
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

problems!(
    Problems = WITH_A_KEY,
    &[
        Kind::NotFound,
        Kind::AccountGone,
        Kind::ProviderFailed,
        Kind::ProviderUnavailable,
    ]
);

/// List the files that vendors hold about a request
///
/// Pictures, videos and reports of all its sessions, as the vendors say now. Nothing of it is kept here.
#[utoipa::path(
    get,
    path = "/v1/verification-requests/{id}/evidence",
    operation_id = "list_verification_evidence",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request.")),
    responses((status = 200, description = "The files.", body = ListingJson<'static>), Problems),
    security(("api_key" = ["review"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reviewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let found = api.engine.evidence(id).await;
    let listing = found
        .map_err(|error| later(&error, failure::of_command(&error)))?
        .ok_or(Kind::NotFound)?;
    let json = ListingJson {
        data: listing.files.iter().map(FileJson::of).collect(),
        not_shown: listing.gaps.iter().map(GapJson::of).collect(),
    };
    Ok(Json(json).into_response())
}
