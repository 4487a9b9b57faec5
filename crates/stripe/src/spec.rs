//! What is known of the vendor's published description of its API: the file `spec3` of its OpenAPI repository.

use std::borrow::Cow;

use idv_core::spec::{
    AcceptedDifference, SpecObject, SpecValues, SpecWhat, VendorSpec, members_of,
};

use crate::map::tables::{
    DOCUMENT_KINDS, NUMBER_TYPES, SENTINEL, SESSION_TYPES, SEX_UNKNOWN, SEXES, known,
};
use crate::{error, webhook, wire};

/// What this provider knows of the vendor's description, from the tables and types that do the work.
#[must_use]
pub fn spec() -> VendorSpec {
    let mut spec = VendorSpec::default();
    spec.values = values();
    spec.objects = objects();
    spec.accepted = ACCEPTED.to_vec();
    spec
}

fn schema(path: &str) -> Cow<'static, str> {
    Cow::Owned(format!("/components/schemas/{path}"))
}

/// A member of a schema.
fn member(schema_name: &str, name: &str) -> Cow<'static, str> {
    schema(&format!("{schema_name}/properties/{name}"))
}

/// The checks of a report, and the schema of each.
const CHECKS: &[(&str, &str)] = &[
    ("document", "gelato_document_report"),
    ("selfie", "gelato_selfie_report"),
    ("id_number", "gelato_id_number_report"),
    ("email", "gelato_email_report"),
    ("phone", "gelato_phone_report"),
];

const SESSION: &str = "identity.verification_session";
const REPORT: &str = "identity.verification_report";
const ENABLED_EVENTS: &str = "/paths/~1v1~1webhook_endpoints/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties/enabled_events";

fn values() -> Vec<SpecValues> {
    let documents = || DOCUMENT_KINDS.iter().map(|row| row.0);
    let sexes = SEXES.iter().map(|row| row.0);
    let sexes: Vec<_> = sexes.chain([SEX_UNKNOWN, SENTINEL]).collect();
    let allowed = "gelato_session_document_options/properties/allowed_types";
    let mut values = vec![
        SpecValues::new(member(SESSION, "status"), known::session_statuses()),
        SpecValues::new(member(SESSION, "type"), SESSION_TYPES.iter().copied()),
        SpecValues::new(member(REPORT, "type"), SESSION_TYPES.iter().copied()),
        SpecValues::new(
            member("gelato_session_last_error", "code"),
            known::last_errors(),
        ),
        SpecValues::new(
            member("verification_session_redaction", "status"),
            known::redactions(),
        ),
        SpecValues::new(member("gelato_document_report", "type"), documents()),
        SpecValues::new(member("gelato_document_report", "sex"), sexes.clone()),
        SpecValues::new(member("gelato_verified_outputs", "sex"), sexes),
        SpecValues::new(schema(allowed), documents()),
    ];
    for holder in ["gelato_id_number_report", "gelato_verified_outputs"] {
        let place = member(holder, "id_number_type");
        values.push(SpecValues::new(place, NUMBER_TYPES.iter().copied()));
    }
    for (check, holder) in CHECKS {
        let place = member(holder, "status");
        values.push(SpecValues::new(place, known::check_statuses(check)));
        // One table for the codes of all checks: no code means two things.
        let prefix = format!("{check}_");
        let is_its = |code: &&str| code.starts_with(&prefix);
        let place = member(&format!("{holder}_error"), "code");
        values.push(SpecValues::new(place, known::check_errors().filter(is_its)));
    }
    let mut events = SpecValues::new(ENABLED_EVENTS, webhook::snapshot_events());
    events.what = SpecWhat::Event;
    events.family = "identity.";
    values.push(events);
    let mut errors = SpecValues::new(member("api_errors", "type"), error::types());
    errors.what = SpecWhat::ErrorCode;
    values.push(errors);
    values
}

fn objects() -> Vec<SpecObject> {
    let mut objects = vec![
        SpecObject::new(
            schema(SESSION),
            members_of::<wire::Session<'_>>().iter().copied(),
        ),
        SpecObject::new(
            schema(REPORT),
            wire::REPORT_MEMBERS.iter().chain(wire::CHECKS).copied(),
        ),
        of::<wire::Failure<'_>>("gelato_session_last_error"),
        of::<wire::ProvidedDetails<'_>>("gelato_provided_details"),
        of::<wire::Redaction<'_>>("verification_session_redaction"),
        of::<wire::RelatedPerson<'_>>("gelato_related_person"),
        of::<wire::VerifiedOutputs<'_>>("gelato_verified_outputs"),
        of::<wire::Address<'_>>("address"),
        of::<wire::Event<'_>>("event"),
        of::<wire::ErrorDetail<'_>>("api_errors"),
        of::<wire::File<'_>>("file"),
        of::<wire::FileLink<'_>>("file_link"),
        of::<wire::WebhookEndpoint<'_>>("webhook_endpoint"),
    ];
    // One type reads the members of all checks, since no name means two things.
    let mut checks = of::<wire::Check<'_>>("gelato_document_report");
    checks.also = CHECKS.iter().map(|(_, holder)| schema(holder)).collect();
    objects.push(checks);
    for (_, holder) in CHECKS {
        objects.push(of::<wire::Failure<'_>>(&format!("{holder}_error")));
    }
    objects
}

fn of<'de, T: serde::Deserialize<'de>>(name: &str) -> SpecObject {
    SpecObject::new(schema(name), members_of::<T>().iter().copied())
}

static ACCEPTED: &[AcceptedDifference] = idv_core::accepted_differences! {
    "/components/schemas/address": "zip" => "the examples of the vendor's API reference have it in place of postal_code";
    "/components/schemas/api_errors": "doc_url" "message" "request_log_url"
        => "for people: the message quotes ids and inputs, so no text of an error is kept";
    "/components/schemas/api_errors/properties/type": "rate_limit"
        => "only in the vendor's own libraries, for answers of its second API";
    "/components/schemas/event": "api_version"
        => "identity is the same in every version, and what differs is kept as unknown";
    "/components/schemas/event": "id" => "read apart, before anything else, to recognise a delivery";
    "/components/schemas/event": "context" => "it names an organization of the account, and nobody here acts for one";
    "/components/schemas/event": "pending_webhooks" "request" => "about the delivery, and not about what happened";
    "/components/schemas/event": "related_object" => "of thin events, which the file does not describe";
    "/components/schemas/file": "created" "expires_at" "filename" "links" "title" "url"
        => "a name is chosen by whoever uploaded the file, and a link is asked for when it is needed";
    "/components/schemas/file_link": "created" "expires_at" "file" "id" "livemode" "metadata"
        => "a link is used at once, and forgotten";
    "/components/schemas/gelato_document_report_error/properties/code": "document_type_not_allowed"
        => "only in the text about options.document.allowed_types";
    "/components/schemas/gelato_session_last_error/properties/code": "document_type_not_allowed"
        => "only in the text about options.document.allowed_types";
    "/components/schemas/gelato_session_last_error/properties/code": "address_mismatch"
        => "only in the guide about outcomes; address checks are by invitation";
    "/components/schemas/webhook_endpoint": "api_version" "application" "created" "description" "livemode" "metadata"
        => "not needed to know where webhooks go, and which";
};
