//! Which problems a route answers with, as responses of its operation.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::Kind;

/// The codes of all problems.
pub(crate) struct ProblemCode;

impl PartialSchema for ProblemCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Kind::ALL.iter().map(|kind| kind.code())))
            .description(Some(
                "What went wrong, as a stable word. New ones may come: treat one you do not know by its HTTP status.",
            ))
            .into()
    }
}

impl ToSchema for ProblemCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ProblemCode")
    }
}

/// What any route may answer.
pub(crate) const ANYWHERE: &[Kind] = &[Kind::Internal, Kind::Timeout];

/// What a route that wants an API key may answer. It looks the key up, so the database can be in the way.
pub(crate) const WITH_A_KEY: &[Kind] = &[
    Kind::Unauthorized,
    Kind::Forbidden,
    Kind::Unavailable,
    Kind::Internal,
    Kind::Timeout,
];

/// What a route that reads a JSON body may answer.
pub(crate) const WITH_A_BODY: &[Kind] = &[
    Kind::MalformedJson,
    Kind::IncompleteBody,
    Kind::RequestTimeout,
    Kind::BodyTooLarge,
    Kind::UnsupportedMediaType,
    Kind::InvalidBody,
];

/// What a route may answer that takes an `Idempotency-Key`.
pub(crate) const WITH_A_KEY_OF_THE_COMMAND: &[Kind] =
    &[Kind::InvalidIdempotencyKey, Kind::IdempotencyKeyReused];

/// Declares a set of problems for the `responses(…)` of an operation.
macro_rules! problems {
    ($(#[$meta:meta])* $name:ident = $($group:expr),+ $(,)?) => {
        $(#[$meta])*
        pub(crate) struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::openapi::problem_responses(&[$($group),+])
            }
        }
    };
}

pub(crate) use problems;

/// One response per HTTP status. `x-problem-codes` lists the codes it may carry.
pub(crate) fn problem_responses(groups: &[&[Kind]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in groups.iter().copied().flatten() {
        let kinds = by_status.entry(kind.status().as_u16()).or_default();
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    by_status
        .into_iter()
        .map(|(status, kinds)| (status.to_string(), response(status, &kinds).into()))
        .collect()
}

fn response(status: u16, kinds: &[Kind]) -> Response {
    let sentences: Vec<_> = kinds
        .iter()
        .map(|kind| format!("`{}`: {}", kind.code(), kind.title()))
        .collect();
    let codes: Vec<_> = kinds.iter().map(|kind| kind.code()).collect();
    let example = kinds.first().map(|kind| {
        json!({
            "type": format!("urn:idv-gateway:problem:{}", kind.code()),
            "title": kind.title(),
            "status": status,
            "code": kind.code(),
            "instance": "urn:idv-gateway:request:5f0c8a",
        })
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .example(example)
        .build();
    let response = ResponseBuilder::new()
        .description(sentences.join("\n\n"))
        .content("application/problem+json", content)
        .extensions(Some(
            ExtensionsBuilder::new()
                .add("x-problem-codes", codes)
                .build(),
        ));
    let header = |description, schema_type| {
        let schema = ObjectBuilder::new().schema_type(schema_type);
        HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(description))
            .build()
    };
    let says_when = kinds.iter().any(|kind| {
        matches!(
            kind,
            Kind::NotStarted | Kind::BeingStarted | Kind::EvidenceNotReady
        )
    });
    match status {
        401 => response.header(
            "WWW-Authenticate",
            header("How to authenticate.", Type::String),
        ),
        409 if says_when => response.header(
            "Retry-After",
            header(
                "After how many seconds to try again; only with `not_started`, `being_started` and \
                 `evidence_not_ready`.",
                Type::Integer,
            ),
        ),
        429 if kinds.contains(&Kind::TooManyRefusals) => response.header(
            "Retry-After",
            header(
                "After how many seconds the sender may have another one refused.",
                Type::Integer,
            ),
        ),
        429 => response.header(
            "Retry-After",
            header(
                "After how many seconds a request is certainly allowed again: the length of the policy's window. It \
                 may be allowed before.",
                Type::Integer,
            ),
        ),
        503 => response.header(
            "Retry-After",
            header(
                "After how many seconds to try again, where that is known.",
                Type::Integer,
            ),
        ),
        _ => response,
    }
    .build()
}
