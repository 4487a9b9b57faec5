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
    let members = members_of::<wire::Check<'_>>();
    for (_, holder) in CHECKS {
        objects.push(SpecObject::new(schema(holder), members.iter().copied()));
        objects.push(of::<wire::Failure<'_>>(&format!("{holder}_error")));
    }
    objects
}

fn of<'de, T: serde::Deserialize<'de>>(name: &str) -> SpecObject {
    SpecObject::new(schema(name), members_of::<T>().iter().copied())
}

macro_rules! accepted {
    ($( $place:literal: $($name:literal)+ => $reason:literal; )+) => { &[ $( $(
        AcceptedDifference { place: $place, name: $name, reason: $reason },
    )+ )+ ] };
}

static ACCEPTED: &[AcceptedDifference] = accepted! {
"/components/schemas/event": "context" => "it names an organization of the account, and nobody here acts for one";};
