//! `GET /v1/verification-requests/{id}/evidence/{evidence_id}`: one file, passed on as it comes.
//!
//! The layer that limits the time of a request waits for the head of the answer. After it, a vendor that falls silent is
//! ended by `outbound.read_timeout_secs`, a client that takes nothing by `server.write_timeout_secs`; a long file that moves
//! may take its time.

use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderName, Uri, header};
use idv_core::{Actor, RequestId};
use idv_engine::{CommandError, EvidenceDownload, EvidenceId, OpenEvidence, OpenedEvidence};
use tokio::sync::OwnedSemaphorePermit;

use super::super::failure;
use super::{media_type, passed_on};
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reviewer;
use crate::routes::query::Query;

/// When to come back if as many files are on their way as may.
const RETRY_AFTER_SECS: u64 = 5;

/// The parameters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Parameters {
    /// The number of the member of staff who looks. Without it the timeline names the API key.
    #[param(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
}

/// The two ids of the path. Text that cannot be an id is the id of nothing: 404.
pub(in crate::routes) struct PathIds(RequestId, EvidenceId);

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let ids = texts.ok().and_then(|Path((request, file))| {
            let (request, file) = (request.parse().ok()?, file.parse().ok()?);
            Some(Self(request, file))
        });
        ids.ok_or_else(|| Kind::NotFound.into())
    }
}

problems!(
    Problems = WITH_A_KEY,
    &[
        Kind::NotFound,
        Kind::InvalidParameter,
        Kind::NotStarted,
        Kind::EvidenceNotReady,
        Kind::EvidenceTooLarge,
        Kind::NoEvidence,
        Kind::AccountCannotFetch,
        Kind::AccountGone,
        Kind::Erased,
        Kind::ProviderFailed,
        Kind::ProviderUnavailable,
    ]
);

/// Download a file that a vendor holds
///
/// It is passed on as it comes, and not kept here. The timeline says who has opened it. A transfer that breaks off is no
/// whole file: the connection breaks then. A file the vendor is still writing is `evidence_not_ready`.
#[utoipa::path(
    get,
    path = "/v1/verification-requests/{id}/evidence/{evidence_id}",
    operation_id = "download_verification_evidence",
    tag = "verification-requests",
    params(
        ("id" = RequestId, Path, description = "The request."),
        ("evidence_id" = String, Path, description = "The file, as the list of evidence names it."),
        Parameters
    ),
    responses(
        (status = 200, description = "The file, as an attachment.",
            content_type = "application/octet-stream", body = String),
        Problems
    ),
    security(("api_key" = ["review"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Reviewer(caller): Reviewer,
    PathIds(request, file): PathIds,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = actor(&uri, &caller)?;
    let slot = api.downloads.clone().try_acquire_owned();
    let slot = slot.map_err(|_| {
        Problem::new(Kind::Unavailable)
            .detail("as many files are on their way as may be at a time")
            .retry_after_secs(RETRY_AFTER_SECS)
    })?;
    let opened = api.engine.open_evidence(OpenEvidence {
        request,
        file,
        actor: actor.clone(),
    });
    match opened.await {
        Ok(OpenedEvidence::Ready(download)) => {
            tracing::info!(%request, via = ?caller, ?actor, "a file was opened");
            Ok(attachment(request, download, slot))
        }
        Ok(OpenedEvidence::NotReady { retry_after }) => {
            let wait = retry_after.as_secs().max(1);
            Err(Problem::new(Kind::EvidenceNotReady).retry_after_secs(wait))
        }
        Ok(_) => Err(Kind::Internal.into()),
        Err(error) => Err(later(&error, failure::of_command(&error))),
    }
}

/// The member of staff who looks; else the application itself.
fn actor(uri: &Uri, caller: &Actor) -> Result<Actor, Problem> {
    let mut query = Query::of(uri);
    let expected =
        "1 to 64 letters, digits or any of _-.:/, such as a number; not a name or an address";
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b);
    let staff = query.parsed("actor", expected, |id| {
        let is_plain = (1..=64).contains(&id.len()) && id.bytes().all(plain);
        is_plain.then(|| Actor::Staff(id.to_owned()))
    });
    query.finish()?;
    Ok(staff.unwrap_or_else(|| caller.clone()))
}

/// Of a question nothing is kept: whoever asks again asks anew.
pub(super) fn later(error: &CommandError, problem: Problem) -> Problem {
    match error {
        CommandError::Provider(error) if error.retryable => {
            problem.detail("nothing was handed out; ask again later")
        }
        _ => problem,
    }
}

/// A file to be saved, and never to be shown or run by a browser under our name.
fn attachment(
    request: RequestId,
    download: EvidenceDownload,
    slot: OwnedSemaphorePermit,
) -> Response {
    let (media_type, ending) = media_type::known(download.media_type.as_deref());
    let name = media_type::file_name(&download.role, ending);
    let head: [(HeaderName, String); 5] = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
    ];
    let said_bytes = download.said_bytes;
    let mut answer = (head, passed_on::body(request, download.body, slot)).into_response();
    if let Some(bytes) = said_bytes {
        answer
            .headers_mut()
            .insert(header::CONTENT_LENGTH, bytes.into());
    }
    answer
}
