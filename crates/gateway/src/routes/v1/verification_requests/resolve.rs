//! `POST /v1/verification-requests/{id}/resolve`: decides a review that waits for the application.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::RequestId;
use idv_engine::ResolveReview;
use utoipa::ToSchema;

use super::RequestJson;
use super::answer::answer;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reviewer;
use crate::routes::idempotency::IdempotencyHeader;
use crate::routes::v1::command::Command;
use crate::routes::v1::path::PathId;

/// Who decides a review, how, and why.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "staff-7", "outcome": "passed", "comment": "The name is the same, spelt differently"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct ResolveInput {
    /// The number of the member of staff who decides.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: String,
    #[schema(inline)]
    outcome: Outcome,
    /// Why. It is stored encrypted.
    #[schema(min_length = 1, max_length = 2000)]
    comment: String,
}

/// How a review ends.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "it describes the words that the handler reads by hand"
)]
enum Outcome {
    Passed,
    Failed,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::NotFound,
        Kind::NotInReview,
        Kind::ReviewIsTheVendors,
        Kind::Erased,
        Kind::InvalidInput,
    ]
);

/// Decide a review
///
/// Only one that waits for the application, or a request in a status nobody knows. A review of the vendor's staff is
/// theirs; a bypass passes over it.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/resolve",
    operation_id = "resolve_verification_review",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request."), IdempotencyHeader),
    request_body = ResolveInput,
    responses((status = 200, description = "The request, decided.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["review"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Reviewer(caller): Reviewer,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let (actor, comment) = (command.actor(), command.comment("comment"));
    let passed = command.fields.parsed(
        "outcome",
        "passed or failed",
        &mut command.errors,
        |word| match word {
            "passed" => Some(true),
            "failed" => Some(false),
            _ => None,
        },
    );
    if passed.is_none() {
        command.fields.missing("outcome", &mut command.errors);
    }
    let read = actor.zip(comment).zip(passed);
    let ((actor, comment), passed) = command.finish(read)?;
    let done = api.engine.resolve_review(ResolveReview {
        request,
        actor,
        passed,
        comment,
        idempotency_key,
    });
    answer(StatusCode::OK, done.await)
}
