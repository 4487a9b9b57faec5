//! `POST /v1/verification-requests/{id}/recreate`: withdraws a request that failed and makes another in its place.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::{RequestId, RetryScope, StepKind};
use idv_engine::CancelAndRecreate;
use utoipa::ToSchema;

use super::RequestJson;
use super::answer::answer;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::idempotency::IdempotencyHeader;
use crate::routes::v1::command::Command;
use crate::routes::v1::path::PathId;

/// Who begins a request anew, and why.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "staff-7", "comment": "The passport was in the post", "again": ["document", "selfie"]})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct RecreateInput {
    /// The number of the member of staff who wants it.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: String,
    /// Why. It is stored encrypted.
    #[schema(min_length = 1, max_length = 2000)]
    comment: String,
    /// What the subject is asked again: `["everything"]`, which is the default; `["what_failed"]` and what comes after it;
    /// `["vendors_choice"]`, what the vendor sees fit; or the steps, and no others, such as `["document", "selfie"]`.
    /// Anything but everything is for providers with the ability `retry`.
    #[schema(max_items = 100)]
    again: Option<Vec<String>>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::NotFound,
        Kind::NotFailed,
        Kind::OpenRequest,
        Kind::Erased,
        Kind::InvalidInput,
    ]
);

/// Begin a failed request anew
///
/// Withdraws a request whose `status_summary` is `failed` and makes another one for the same subject, with the same
/// organizations, reason and person; the subject gets a mail, where mails are sent. The vendor is asked in the
/// background: get the link from the new request.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/recreate",
    operation_id = "recreate_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request that failed."), IdempotencyHeader),
    request_body = RecreateInput,
    responses((status = 201, description = "The new request.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Writer(caller): Writer,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let (actor, comment) = (command.actor(), command.comment("comment"));
    let again = again(&mut command);
    let (actor, comment) = command.finish(actor.zip(comment))?;
    let done = api.engine.cancel_and_recreate(CancelAndRecreate {
        request,
        actor,
        comment,
        again,
        idempotency_key,
    });
    answer(StatusCode::CREATED, done.await)
}

fn again(command: &mut Command) -> RetryScope {
    let Command { fields, errors, .. } = command;
    let is_given = fields.has("again");
    if fields.is_empty_list("again") {
        errors.add(
            "/again",
            "it names nothing that is asked again: leave it out for everything",
        );
    }
    let expected = "everything, what_failed, vendors_choice, or a step such as document or selfie";
    let mut words = fields.list("again", expected, errors, Asked::read);
    if !is_given {
        return RetryScope::default();
    }
    let is_alone = words.len() == 1;
    let mut steps = Vec::new();
    for word in words.drain(..) {
        match word {
            Asked::Step(step) => steps.push(step),
            Asked::Scope(scope) if is_alone => return scope,
            Asked::Scope(_) => {
                errors.add(
                    "/again",
                    "everything, what_failed and vendors_choice stand alone",
                );
                return RetryScope::default();
            }
        }
    }
    RetryScope::Steps(steps)
}

/// One word of what is asked again.
enum Asked {
    Scope(RetryScope),
    Step(StepKind),
}

impl Asked {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "everything" => Self::Scope(RetryScope::Everything),
            "what_failed" => Self::Scope(RetryScope::WhatFailed),
            "vendors_choice" => Self::Scope(RetryScope::VendorsChoice),
            step => {
                let step = StepKind::from_word(step);
                (!step.is_unknown()).then_some(Self::Step(step))?
            }
        })
    }
}
