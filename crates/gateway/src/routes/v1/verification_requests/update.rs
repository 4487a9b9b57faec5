//! `PATCH /v1/verification-requests/{id}`: corrects what the application said.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::{OrganizationId, Person, RequestId};
use idv_engine::Update;
use utoipa::ToSchema;

use super::answer::answer;
use super::create::{MAX_NAME_CHARS, document_kind};
use super::new_request::{ListedDocumentKind, Person as PersonInput};
use super::{RequestJson, person};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::idempotency::IdempotencyHeader;
use crate::routes::v1::command::Command;
use crate::routes::v1::path::PathId;

/// What to correct. What is left out, or `null`, stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "actor": "staff-7", "organization": "company-18", "reason": "onboarding", "document_type": "id_card",
    "person": super::example::person(),
})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct UpdateInput {
    /// The number of the member of staff who corrects it; else the application itself does.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
    /// Another organization the request has consequences for.
    #[schema(min_length = 1, max_length = 200)]
    organization: Option<String>,
    /// Why the request was made, in the application's words.
    #[schema(min_length = 1, max_length = 200)]
    reason: Option<String>,
    /// The document the application expects.
    #[schema(inline)]
    document_type: Option<ListedDocumentKind>,
    /// Replaces what was said before, kind of value by kind of value.
    person: Option<PersonInput>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::NotFound,
        Kind::AlreadyEnded,
        Kind::Erased,
        Kind::InvalidInput,
    ]
);

/// Correct a request
///
/// It counts from now on: in mails, and at a vendor whose session is started later. What it says about the person changes a session
/// under way too where its vendor can do that (`update` among the abilities of `GET /v1/providers`) and the subject has not handed it in
/// yet. Organizations may be added to any request; the rest changes on an open one only.
#[utoipa::path(
    patch,
    path = "/v1/verification-requests/{id}",
    operation_id = "update_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request."), IdempotencyHeader),
    request_body = UpdateInput,
    responses((status = 200, description = "The request, corrected.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn patch(
    State(api): State<Api>,
    Writer(caller): Writer,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let mut update = Update::new(request, command.actor_or(caller));
    update.idempotency_key = idempotency_key;
    let Command { fields, errors, .. } = &mut command;
    let organization = fields.text("organization", MAX_NAME_CHARS, errors);
    update.organization = organization.map(OrganizationId::new);
    update.reason = fields.text("reason", MAX_NAME_CHARS, errors);
    let kind = "a kind of document, such as passport, id_card or driving_licence";
    update.document_type = fields.parsed("document_type", kind, errors, document_kind);
    let person = fields.object("person", errors);
    update.person = person.map(|fields| Person::new(person::read(fields, errors)));
    let update = command.finish(Some(update))?;
    answer(StatusCode::OK, api.engine.update(update).await)
}
