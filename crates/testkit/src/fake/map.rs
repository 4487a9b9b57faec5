//! The fake vendor's objects in our words.

use std::borrow::Cow;

use idv_core::{
    Capabilities, DataState, DecisionSource, Finding, Kind, Mapped, Name, Origin, Person,
    PersonRecord, Provenance, ProviderId, Raw, ReasonCode, Retryable, ReviewOwner, SessionId,
    Sourced, Status, Step, StepKind, StepRole, StepStatus, SubjectRef, UnknownValue, Unreadable,
    WebhookCapability, json,
};

use super::evidence::ROLES;
use super::wire::{Check, CheckStep, Details, ErrorBody, Event, Shape};
use super::{error, provider, webhook};

pub(super) const MAPPING_VERSION: u32 = 1;

/// The only words that make a pass.
pub(super) const PASSED_WORDS: &[&str] = &["approved"];

struct StateRow {
    rule: &'static str,
    word: &'static str,
    status: Status,
    source: Option<DecisionSource>,
    owner: Option<ReviewOwner>,
    subject_started: bool,
}

const fn row(
    rule: &'static str,
    word: &'static str,
    status: Status,
    subject_started: bool,
) -> StateRow {
    StateRow {
        rule,
        word,
        source: match status {
            Status::Passed | Status::Failed => Some(DecisionSource::Automated),
            _ => None,
        },
        owner: None,
        status,
        subject_started,
    }
}

const fn review(rule: &'static str, word: &'static str, owner: ReviewOwner) -> StateRow {
    StateRow {
        rule,
        word,
        status: Status::InReview,
        source: None,
        owner: Some(owner),
        subject_started: true,
    }
}

const STATES: &[StateRow] = &[
    row("state.open", "open", Status::AwaitingUser, false),
    row("state.begun", "begun", Status::AwaitingUser, true),
    row("state.checking", "checking", Status::Processing, true),
    review("state.review", "review", ReviewOwner::Vendor),
    review(
        "state.review_by_client",
        "review_by_client",
        ReviewOwner::Client,
    ),
    row("state.again", "again", Status::RetryRequired, true),
    row("state.approved", "approved", Status::Passed, true),
    row("state.declined", "declined", Status::Failed, true),
    row("state.lapsed", "lapsed", Status::Expired, false),
    row("state.left", "left", Status::Abandoned, true),
    row("state.withdrawn", "withdrawn", Status::Cancelled, false),
    row("state.broken", "broken", Status::Errored, true),
];

const REASONS: &[(&str, &str, ReasonCode, Retryable)] = &[
    (
        "reason.blurred",
        "blurred",
        ReasonCode::DocumentImageQuality,
        Retryable::Yes,
    ),
    (
        "reason.forged",
        "forged",
        ReasonCode::DocumentTampered,
        Retryable::No,
    ),
];

const STEP_STATES: &[(&str, &str, StepStatus)] = &[
    ("step.waiting", "waiting", StepStatus::Pending),
    ("step.good", "good", StepStatus::Passed),
    ("step.bad", "bad", StepStatus::Failed),
];

const DATA_STATES: &[(&str, &str, DataState)] = &[
    ("data.here", "here", DataState::Present),
    ("data.erasing", "erasing", DataState::RedactionPending),
    ("data.erased", "erased", DataState::Redacted),
];

/// What a step is about; the fake vendor's word comes first.
pub(super) const STEPS: &[(&str, StepKind)] = &[
    ("document", StepKind::Document),
    ("selfie", StepKind::Selfie),
];

/// What the tables hold.
pub(super) fn capabilities() -> Capabilities {
    let mut found = Capabilities::default();
    found.statuses = STATES.iter().map(|row| row.status.clone()).collect();
    found.steps = STEPS.iter().map(|row| row.1.clone()).collect();
    found.reasons = REASONS.iter().map(|row| row.2.clone()).collect();
    found.evidence = ROLES.iter().map(|row| row.1.clone()).collect();
    found.webhooks = vec![WebhookCapability {
        event_type: webhook::CHECK_CHANGED,
        concerns_session: true,
    }];
    found.tidied()
}

/// The names of all rows of all tables.
#[must_use]
pub fn mapping_rows() -> Vec<&'static str> {
    STATES
        .iter()
        .map(|row| row.rule)
        .chain(REASONS.iter().map(|row| row.0))
        .chain(STEP_STATES.iter().map(|row| row.0))
        .chain(DATA_STATES.iter().map(|row| row.0))
        .chain(error::rules())
        .collect()
}

/// Any object of the vendor. Without a kind it is guessed.
pub(super) fn translate(kind: Option<&Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
    let shape: Shape = json::decode(bytes)?;
    let found = match shape.object.as_deref() {
        _ if shape.error.is_some() => Kind::Error,
        Some("check") => Kind::Session,
        Some("details") => Kind::Report,
        Some("event") => Kind::Webhook,
        _ => {
            return Err(Unreadable::NotThisProvider {
                why: "it names no object of the fake vendor",
            });
        }
    };
    if kind.is_some_and(|asked| *asked != found) {
        return Err(Unreadable::NotThisProvider {
            why: "it is an object of another kind",
        });
    }
    match found {
        Kind::Error => Ok(error::mapped(&json::decode::<ErrorBody>(bytes)?)),
        Kind::Session => check(&json::decode(bytes)?, Kind::Session, ""),
        Kind::Report => Ok(details(json::decode(bytes)?)),
        _ => event(&json::decode(bytes)?),
    }
}

pub(super) fn new(kind: Kind) -> Mapped {
    Mapped::new(ProviderId::from(provider::ID), kind, MAPPING_VERSION)
}

/// `at`: where the check stands in its document.
pub(super) fn check(check: &Check, kind: Kind, at: &str) -> Result<Mapped, Unreadable> {
    let mut mapped = new(kind);
    mapped.session_id = Some(SessionId::new(&check.id));
    let word = check.state.as_deref().ok_or(Unreadable::NotThisProvider {
        why: "a check without a state",
    })?;
    map_state(&mut mapped, word, format!("{at}/state"));
    map_reason(&mut mapped, check, format!("{at}/reason"));
    for (index, step) in check.steps.iter().flatten().enumerate() {
        map_step(&mut mapped, step, index, &format!("{at}/steps/{index}"));
    }
    if let Some(word) = &check.data {
        map_data_state(&mut mapped, word, format!("{at}/data"));
    }
    mapped.live = check.live;
    mapped.created_at = check.made_at.as_deref().and_then(|time| time.parse().ok());
    mapped.updated_at = check
        .changed_at
        .as_deref()
        .and_then(|time| time.parse().ok());
    mapped.request_id = check.reference.as_deref().and_then(|id| id.parse().ok());
    mapped.subject = check.subject.as_deref().map(SubjectRef::new);
    Ok(mapped)
}

fn map_state(mapped: &mut Mapped, word: &str, pointer: String) {
    let Some(row) = STATES.iter().find(|row| row.word == word) else {
        mapped.status = Some(Status::Unknown(word.to_owned()));
        unknown(mapped, pointer, word);
        return;
    };
    mapped.status = Some(row.status.clone());
    mapped.source = row.source.clone();
    mapped.review_owner = row.owner.clone();
    mapped.subject_started = row.subject_started;
    origin(mapped, "/status".to_owned(), pointer, row.rule);
}

fn map_reason(mapped: &mut Mapped, check: &Check, pointer: String) {
    let Some(word) = &check.reason else { return };
    let row = REASONS.iter().find(|row| row.1 == word);
    let raw = Raw {
        pointer: Cow::Owned(pointer.clone()),
        value: Cow::Owned(word.clone()),
    };
    let finding = match row {
        Some((_, _, code, retryable)) => Finding::new(code.clone(), *retryable, raw),
        None => Finding::new(
            ReasonCode::Unclassified(word.clone()),
            Retryable::Unknown,
            raw,
        ),
    };
    mapped.findings.push(finding.about(StepKind::Document));
    match row {
        Some(row) => origin(mapped, "/findings/0/code".to_owned(), pointer, row.0),
        None => unknown(mapped, pointer, word),
    }
}

fn map_step(mapped: &mut Mapped, step: &CheckStep, index: usize, pointer: &str) {
    let word = step.state.as_deref().unwrap_or("waiting");
    let row = STEP_STATES.iter().find(|row| row.1 == word);
    let status = row.map_or_else(|| StepStatus::Unknown(word.to_owned()), |row| row.2.clone());
    let what = step.what.as_deref().unwrap_or_default();
    let kind = STEPS.iter().find(|row| row.0 == what);
    let kind = kind.map_or_else(|| StepKind::Unknown(what.to_owned()), |row| row.1.clone());
    mapped.steps.push(Step::new(kind, StepRole::Check, status));
    let pointer = format!("{pointer}/state");
    match row {
        Some(row) => origin(mapped, format!("/steps/{index}/status"), pointer, row.0),
        None => unknown(mapped, pointer, word),
    }
}

fn map_data_state(mapped: &mut Mapped, word: &str, pointer: String) {
    let Some(row) = DATA_STATES.iter().find(|row| row.1 == word) else {
        mapped.data_state = Some(DataState::Unknown(word.to_owned()));
        unknown(mapped, pointer, word);
        return;
    };
    mapped.data_state = Some(row.2.clone());
    origin(mapped, "/data_state".to_owned(), pointer, row.0);
}

fn details(details: Details) -> Mapped {
    let mut mapped = new(Kind::Report);
    mapped.session_id = details.check.map(SessionId::new);
    let mut name = Name::default();
    name.given_name = details.given_name;
    name.family_name = details.family_name;
    if name != Name::default() {
        let mut record = PersonRecord::default();
        record.names = vec![Sourced::present(
            name,
            Provenance::Extracted { evidence: None },
        )];
        mapped.person = Some(Person::new(record));
    }
    mapped
}

pub(super) fn event(event: &Event) -> Result<Mapped, Unreadable> {
    match (&event.check, &event.check_id) {
        (Some(found), _) => check(found, Kind::Webhook, "/check"),
        (None, id) => {
            let mut mapped = new(Kind::Webhook);
            mapped.session_id = id.as_deref().map(SessionId::new);
            mapped.live = event.live;
            Ok(mapped)
        }
    }
}

pub(super) fn origin(
    mapped: &mut Mapped,
    place: String,
    pointer: impl Into<Cow<'static, str>>,
    rule: &'static str,
) {
    let part = match mapped.kind {
        Kind::Webhook => "event",
        Kind::Error => "error",
        _ => "check",
    };
    let origin = Origin {
        part: Cow::Borrowed(part),
        pointer: pointer.into(),
        rule: Cow::Borrowed(rule),
        mapping_version: MAPPING_VERSION,
    };
    mapped.origins.insert(Cow::Owned(place), origin);
}

fn unknown(mapped: &mut Mapped, pointer: String, value: &str) {
    mapped.unknown.push(UnknownValue {
        pointer: Cow::Owned(pointer),
        value: value.to_owned(),
    });
}
