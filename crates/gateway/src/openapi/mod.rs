//! The API's document: OpenAPI 3.1, made from the handlers. Served at `/openapi.json`, printed by `idv openapi`.

mod problems;

use std::sync::OnceLock;

use bytes::Bytes;
use utoipa::Modify;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr, Type};

pub(crate) use problems::{
    ANYWHERE, ProblemCode, WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problem_responses,
    problems,
};

use crate::problem::ProblemJson;

/// What the document says besides the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "idv-gateway",
        description = "One API in front of every identity verification vendor.\n\n\
            An application asks for a verification request about a subject and hands the link to that person; the \
            vendor reports by webhook; the application reads one set of statuses, whichever vendor it was.\n\n\
            Readers ignore fields and words they do not know: within `/v1` the API only ever grows. Times are \
            RFC 3339 in UTC. Errors are problem details (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "verification-requests", description = "Ask for verifications and read how they stand."),
        (name = "erasures", description = "Erase persons, here and at the vendors."),
        (name = "events", description = "Read what happened, or hear it as it happens."),
        (name = "endpoints", description = "Have events posted to the application."),
        (name = "inbox", description = "The vendors' webhooks that were taken in, and what became of them."),
        (name = "webhooks", description = "Where vendors report."),
        (name = "operation", description = "For whoever runs the server, and the API's own description."),
    ),
    components(schemas(ProblemJson<'static>)),
    modifiers(&ApiKeys),
)]
pub(crate) struct Description;

/// The security scheme. In an operation's requirement the list names the scope its key must have.
struct ApiKeys;

impl Modify for ApiKeys {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("idvk_…")
            .description(Some(
                "An API key, made with `idv key create`. What an operation's security requirement lists is the \
                 scope the key must have.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// Wherever an `Idempotency-Key` is taken, the answer may say that the command had been carried out before.
fn declare_replays(document: &mut OpenApi) {
    let takes_a_key = |operation: &Operation| {
        let mut parameters = operation.parameters.iter().flatten();
        parameters.any(|parameter| {
            matches!(parameter, RefOr::T(parameter) if parameter.name == "Idempotency-Key")
        })
    };
    let header = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"]))))
        .description(Some(
            "`true` if the command had been carried out before, under the same `Idempotency-Key`; else not there.",
        ))
        .build();
    for path in document.paths.paths.values_mut() {
        let operations = [
            &mut path.post,
            &mut path.put,
            &mut path.patch,
            &mut path.delete,
        ];
        let operations = operations.into_iter().flatten();
        for operation in operations.filter(|operation| takes_a_key(operation)) {
            for (status, response) in &mut operation.responses.responses {
                if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
                    response
                        .headers
                        .insert("Idempotent-Replayed".to_owned(), header.clone().into());
                }
            }
        }
    }
}

/// The document as it is served and printed. Always the same within one build.
pub(crate) fn document() -> &'static Bytes {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = crate::routes::described().to_openapi();
        declare_replays(&mut document);
        let mut json = serde_json::to_vec_pretty(&document).unwrap_or_default();
        json.push(b'\n');
        json.into()
    })
}
