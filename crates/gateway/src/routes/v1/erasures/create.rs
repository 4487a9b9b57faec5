//! `POST /v1/erasures`: erases a person, named by the application's reference.

use axum::extract::State;
use axum::response::Response;
use idv_core::SubjectRef;
use idv_engine::{Erase, Whom};
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::verification_requests::create::MAX_NAME_CHARS;
use super::super::verification_requests::list::{EnvironmentWord, environment};
use super::{ErasureJson, answer};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Eraser;
use crate::routes::idempotency::IdempotencyHeader;

/// Whom to erase.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"subject": "user-4711", "environment": "live", "actor": "staff-7"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct NewErasure {
    /// The application's reference to the person.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// Where the subject is meant: the same reference in the sandbox is another one. Without it live, unless all
    /// accounts are of the sandbox.
    #[schema(inline)]
    environment: Option<EnvironmentWord>,
    /// The number of the member of staff who wants it; else the application itself does.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::UnknownSubject,
        Kind::OpenRequest,
        Kind::BeingStarted,
        Kind::Erased,
        Kind::InvalidInput,
    ]
);

/// Erase a person
///
/// Destroys the person's key, so that nothing of theirs can be read again, and has the vendors erase what they hold,
/// where they can be asked. Decisions stay, about nobody. It cannot be undone. An open request must be cancelled first.
#[utoipa::path(
    post,
    path = "/v1/erasures",
    operation_id = "create_erasure",
    tag = "erasures",
    params(IdempotencyHeader),
    request_body = NewErasure,
    responses(
        (status = 201, description = "What was erased.", body = ErasureJson<'static>,
            headers(("Location" = String, description = "The path of the erasure."))),
        Problems
    ),
    security(("api_key" = ["erase"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Eraser(caller): Eraser,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let actor = command.actor_or(caller);
    let Command { fields, errors, .. } = &mut command;
    let subject = fields.text("subject", MAX_NAME_CHARS, errors);
    if subject.is_none() {
        fields.missing("subject", errors);
    }
    let environment = fields.parsed("environment", "live or sandbox", errors, environment);
    let whom = subject.map(|subject| Whom::Subject {
        reference: SubjectRef::new(subject),
        environment,
    });
    let whom = command.finish(whom)?;
    let done = api.engine.erase(Erase {
        whom,
        actor,
        idempotency_key,
    });
    answer(done.await)
}
