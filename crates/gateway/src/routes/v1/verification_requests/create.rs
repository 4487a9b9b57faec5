//! `POST /v1/verification-requests`: the open request of a subject, or a new one, with a link for the subject.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use idv_core::{AccountId, Actor, DocumentKind, OrganizationId, Person, SubjectRef};
use idv_engine::{GetOrRequest, Reuse};
use serde::Serialize;
use utoipa::ToSchema;

use super::new_request::NewRequest;
use super::view::LinkJson;
use super::{RequestJson, failure, person};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::body::{self, FieldErrors, Fields};
use crate::routes::idempotency::{self, IdempotencyHeader};

pub(in crate::routes::v1) const MAX_NAME_CHARS: usize = 200;

/// Ten years, in seconds.
const MAX_REUSE_SECS: u64 = 10 * 365 * 86_400;

/// A verification request, with the way for its subject.
#[derive(Serialize, ToSchema)]
#[schema(as = VerificationRequestWithLink)]
struct RequestWithLinkJson<'a> {
    #[serde(flatten)]
    request: RequestJson<'a>,
    /// Null where the subject has nothing to do.
    #[schema(required)]
    link: Option<LinkJson<'a>>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::Erased,
        Kind::InvalidInput,
        Kind::TooManyRequests,
        Kind::ProviderFailed,
        Kind::ProviderUnavailable,
    ]
);

/// Get the open request of a subject, or make one
///
/// A subject has at most one open request, so asking again is safe. If there is one already, only `organization`
/// counts: the request gets consequences for it too. With `reuse_passed_secs` a pass that is not older counts as
/// well. The answer has a fresh link for the subject, who then goes to the vendor.
#[utoipa::path(
    post,
    path = "/v1/verification-requests",
    operation_id = "create_or_get_verification_request",
    tag = "verification-requests",
    params(IdempotencyHeader),
    request_body = NewRequest,
    responses(
        (status = 201, description = "It was made.", body = RequestWithLinkJson<'static>,
            headers(("Location" = String, description = "The path of the request."))),
        (status = 200, description = "It was there already.", body = RequestWithLinkJson<'static>,
            headers(("Location" = String, description = "The path of the request."))),
        Problems
    ),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Writer(actor): Writer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = body::read(&api.body_limits, &headers, body).await?;
    let key = idempotency::key(&headers, &actor)?;
    let mut command = read(Fields::parse(&headers, &body)?, actor)?;
    command.idempotency_key = key;
    let done = api.engine.get_or_request(command).await;
    let done = done.map_err(|error| failure::of_command(&error))?;

    let status = if done.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = RequestWithLinkJson {
        request: RequestJson::of(&done.request),
        link: done.link.as_ref().map(LinkJson::of),
    };
    let mut response = (status, Json(answer)).into_response();
    let location = format!("/v1/verification-requests/{}", done.request.request.id);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    idempotency::mark(&mut response, done.replayed);
    Ok(response)
}

fn read(mut fields: Fields, actor: Actor) -> Result<GetOrRequest, Problem> {
    let mut errors = FieldErrors::default();
    let subject = fields.text("subject", MAX_NAME_CHARS, &mut errors);
    if subject.is_none() {
        fields.missing("subject", &mut errors);
    }
    let command = subject.map(|subject| GetOrRequest::new(SubjectRef::new(subject), actor));
    let organization = fields.text("organization", MAX_NAME_CHARS, &mut errors);
    let reason = fields.text("reason", MAX_NAME_CHARS, &mut errors);
    let account = fields.text("account", MAX_NAME_CHARS, &mut errors);
    let template = fields.text("template", MAX_NAME_CHARS, &mut errors);
    let kind = "a kind of document, such as passport, id_card or driving_licence";
    let document_type = fields.parsed("document_type", kind, &mut errors, document_kind);
    let document_kinds = fields.list("document_kinds", kind, &mut errors, document_kind);
    let return_url = fields.parsed(
        "return_url",
        "an http or https URL",
        &mut errors,
        web_address,
    );
    let reuse_passed = fields.whole("reuse_passed_secs", 0..=MAX_REUSE_SECS, &mut errors);
    let person = fields.object("person", &mut errors);
    let person = person.map(|fields| person::read(fields, &mut errors));
    fields.finish(&mut errors);
    let command = command.map(|mut command| {
        command.organization = organization.map(OrganizationId::new);
        command.reason = reason;
        command.account = account.map(AccountId::new);
        command.template = template;
        command.document_type = document_type;
        command.document_kinds = document_kinds;
        command.return_url = return_url;
        if let Some(secs) = reuse_passed {
            let max_age = Duration::from_secs(secs);
            command.reuse = Reuse::PendingOrPassed { max_age };
        }
        command.person = person.map(Person::new).unwrap_or_default();
        command
    });
    errors.finish(command)
}

pub(super) fn document_kind(word: &str) -> Option<DocumentKind> {
    Some(DocumentKind::from_word(word)).filter(|kind| !kind.is_unknown())
}

fn web_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use idv_core::Purpose;
    use serde_json::{Value, json};

    use super::*;

    fn command(body: &[u8]) -> Result<GetOrRequest, Problem> {
        let fields = Fields::parse(&HeaderMap::new(), &Bytes::copy_from_slice(body))?;
        read(fields, Actor::System)
    }

    async fn pointers(problem: Problem) -> Vec<String> {
        let body = problem.into_response().into_body();
        let bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        let errors = json["errors"].as_array().unwrap().clone();
        errors
            .iter()
            .map(|e| e["pointer"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_whole_body_is_read() {
        let body = json!({
            "subject": "user-1", "organization": "org-1", "reason": "onboarding", "account": "acme",
            "document_type": "passport", "document_kinds": ["passport", "id_card"], "template": null,
            "return_url": "https://app.example/back",
            "person": {"given_name": "Ada", "family_name": "Example", "birthdate": "1990-03-01",
                "email": "ada@example.org", "phone": "+15555550100", "nationality": "FR", "language": "fr",
                "address": {"lines": ["1 Example Road"], "city": "Paris", "country": "FR"}},
        });
        let command = command(body.to_string().as_bytes()).unwrap();
        assert_eq!(command.account, Some(AccountId::new("acme")));
        assert_eq!(command.document_kinds.len(), 2);
        let person = command.person.expose(Purpose::Test);
        assert_eq!(
            person.names.len() + person.birthdates.len() + person.addresses.len(),
            3
        );
        assert_eq!(
            person.emails[0].value.as_present().unwrap(),
            "ada@example.org"
        );
    }

    #[tokio::test]
    async fn a_person_has_no_control_characters_and_an_address_that_is_one() {
        let body = json!({
            "subject": "user-1",
            "person": {
                "given_name": "Ada\r\nBcc: eve@example.org", "middle_name": "\u{7}", "family_name": "L\u{0}",
                "email": "ada@example.org, eve@example.org", "phone": "+1\n5", "language": "f\tr",
                "address": {"lines": ["1 Rue\n"], "city": "P\u{1b}"},
            },
        });
        let problem = command(body.to_string().as_bytes()).unwrap_err();
        let expected = [
            "given_name",
            "middle_name",
            "family_name",
            "email",
            "phone",
            "language",
            "address/lines/0",
            "address/city",
        ];
        let expected = expected.map(|field| format!("/person/{field}"));
        assert_eq!(pointers(problem).await, expected);
    }

    #[tokio::test]
    async fn syntax_is_400_and_shape_is_422_with_every_field_and_no_value() {
        for syntax in ["{", "{\"subject\":}", "\u{feff}{}"] {
            assert_eq!(
                command(syntax.as_bytes()).unwrap_err().kind(),
                Kind::MalformedJson,
                "{syntax}"
            );
        }
        for (body, expected) in [
            (json!([]), vec![""]),
            (json!({}), vec!["/subject"]),
            (json!({"subject": ""}), vec!["/subject"]),
            (json!({"subject": 7}), vec!["/subject"]),
            (json!({"subject": "x".repeat(201)}), vec!["/subject"]),
            (json!({"subjet": "a"}), vec!["/subject", "/subjet"]),
            (json!({"subject": "a", "person": "Jane"}), vec!["/person"]),
            (
                json!({"subject": "a", "document_type": "spaceship", "document_kinds": ["passport", "Jane"],
                    "return_url": "javascript:alert(1)", "person": {"birthdate": "Jane", "address": {"country": "Ruritania"}, "shoe": 1}}),
                vec![
                    "/document_type",
                    "/document_kinds/1",
                    "/return_url",
                    "/person/birthdate",
                    "/person/address/country",
                    "/person/shoe",
                ],
            ),
        ] {
            let problem = command(body.to_string().as_bytes()).unwrap_err();
            assert_eq!(problem.kind(), Kind::InvalidBody, "{body}");
            let shown = format!("{problem:?}");
            assert!(
                !shown.contains("Jane") && !shown.contains("spaceship"),
                "{shown}"
            );
            assert_eq!(pointers(problem).await, expected, "{body}");
        }
    }

    #[test]
    fn a_body_that_says_it_is_no_json_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        let problem = Fields::parse(&headers, &Bytes::from_static(b"{}"))
            .err()
            .unwrap();
        assert_eq!(problem.kind(), Kind::UnsupportedMediaType);
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        assert!(Fields::parse(&headers, &Bytes::from_static(b"{}")).is_ok());
    }
}
