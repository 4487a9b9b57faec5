//! Webhooks: which bytes are signed, and then what they mean.
//!
//! <https://developers.onfido.com/guide/manual-webhook-signature-verification>, read 2026-11-20.

use idv_core::webhook::{
    DeduplicationKey, DeliveryShape, HmacSha256, InboundWebhook, JsonLayout, Refusal, SigningKey,
    VerifiedWebhook, signature_from_hex,
};
use idv_core::{Concern, Kind, Mapped, SessionId, Unreadable, WebhookCapability, WebhookEvent};

use crate::config::OnfidoOptions;
use crate::map;
use crate::wire::{self, Text};

/// The header with the signature: 64 hexadecimal digits.
const HEADER: &str = "X-SHA2-Signature";
/// The header of the API's versions 1 and 2, signed with SHA-1.
const RETIRED_HEADER: &str = "X-Signature";

/// What deliveries look like. Most are compact; some are indented, with a newline at the end.
pub const DELIVERY_SHAPE: DeliveryShape = DeliveryShape {
    signature_header: HEADER,
    retired_elements: &[],
    header_parts: 1,
    signature_len: 64,
    secret_prefix: None,
    layouts: &[JsonLayout::Compact, JsonLayout::Indented(2)],
};

/// Proves that a webhook comes from the vendor.
///
/// What is signed is the body, byte by byte, and nothing else: no time, no address, no id. So a delivery that is sent again
/// has the same signature, and no other body has it: the digest of the signature is the deduplication key. It says what
/// a digest of the body would say, without hashing the body twice; only where two tokens sign one body there are two keys.
pub(crate) fn verify(
    webhook: &InboundWebhook,
    keys: &[SigningKey],
) -> Result<VerifiedWebhook, Refusal> {
    let is_absent = !webhook.headers.contains_key(HEADER);
    if is_absent && webhook.headers.contains_key(RETIRED_HEADER) {
        return Err(Refusal::LegacyScheme);
    }
    let header = webhook.single_header(HEADER)?;
    let signature = signature_from_hex(header.trim()).ok_or(Refusal::MalformedHeader {
        name: HEADER,
        what: "it is not 64 hexadecimal digits",
    })?;
    let proof = HmacSha256::new(keys).prove(&[&webhook.body], &[signature])?;
    let deduplication_key = DeduplicationKey::sha256(&signature);
    Ok(VerifiedWebhook::new(webhook, proof, deduplication_key))
}

/// The events about sessions and tasks that are published, and those that are acknowledged and no more.
pub(crate) static WEBHOOKS: &[WebhookCapability] = &[
    about_a_run("workflow_run.completed"),
    about_a_run("workflow_task.started"),
    about_a_run("workflow_task.completed"),
    about_nothing("audit_log.created"),
    about_nothing("watchlist_monitor.matches_updated"),
    about_nothing("check.started"),
    about_nothing("check.reopened"),
    about_nothing("check.withdrawn"),
    about_nothing("check.completed"),
    about_nothing("check.form_completed"),
    about_nothing("report.withdrawn"),
    about_nothing("report.resumed"),
    about_nothing("report.cancelled"),
    about_nothing("report.awaiting_approval"),
    about_nothing("report.completed"),
    about_nothing("workflow_timeline_file.created"),
    about_nothing("workflow_run_evidence_folder.created"),
];

const fn about_a_run(event_type: &'static str) -> WebhookCapability {
    WebhookCapability {
        event_type,
        concerns_session: true,
    }
}

const fn about_nothing(event_type: &'static str) -> WebhookCapability {
    WebhookCapability {
        event_type,
        concerns_session: false,
    }
}

/// The events that matter, as a registration asks for them.
pub(crate) fn events_that_matter() -> impl Iterator<Item = &'static str> {
    let about_runs = WEBHOOKS.iter().filter(|webhook| webhook.concerns_session);
    about_runs.map(|webhook| webhook.event_type)
}

/// What an event is about, by the first half of its name.
#[derive(Clone, Copy)]
enum Topic {
    Run,
    Task,
    Check,
    Report,
    /// A file of a run is ready: nothing about the run itself.
    File,
    /// A watch list that is searched again and again, beside any session.
    Monitor,
    AuditLog,
    /// In no list.
    Unlisted,
}

impl Topic {
    /// Every event that starts with such a word, listed or not: new happenings to the same object are news about it.
    fn of(action: &str) -> Self {
        let about = action.split_once('.').map_or(action, |(about, _)| about);
        match about {
            "workflow_run" => Self::Run,
            "workflow_task" => Self::Task,
            "check" => Self::Check,
            "report" => Self::Report,
            "workflow_timeline_file"
            | "workflow_run_evidence_folder"
            | "workflow_signed_evidence_file" => Self::File,
            "watchlist_monitor" => Self::Monitor,
            "audit_log" => Self::AuditLog,
            _ => Self::Unlisted,
        }
    }

    /// Why it concerns nothing, where it does not.
    const fn reason(self) -> &'static str {
        match self {
            Self::Run | Self::Task => "it names no workflow run",
            Self::Check | Self::Report => {
                "it is about a classic check or report, which forms no session"
            }
            Self::File => "it is about a file of a workflow run, and not about its state",
            Self::Monitor => "it is about a watch list monitor, which forms no session",
            Self::AuditLog => "it is about the account's audit log",
            Self::Unlisted => "it is an event of a type that is not listed",
        }
    }
}

/// Says what a proven webhook means. The name of the event says which object it is about, and nothing about its
/// state: that is read from the object.
pub(crate) fn interpret(
    options: &OnfidoOptions,
    webhook: &VerifiedWebhook,
) -> Result<WebhookEvent, Unreadable> {
    let envelope: wire::Envelope<'_> = map::object(webhook.body())?;
    let payload = envelope
        .payload
        .into_inner()
        .ok_or(Unreadable::NotThisProvider {
            why: "it is no event: it has no payload",
        })?;
    let action = payload
        .action
        .get()
        .ok_or(Unreadable::NotThisProvider {
            why: "it is no event: its payload has no action",
        })?
        .to_owned();
    let topic = Topic::of(&action);
    let occurred_at = payload.object.get().and_then(|object| {
        object
            .completed_at_iso8601
            .0
            .or(object.started_at_iso8601.0)
    });
    let mut event = match topic {
        Topic::Run => {
            let id = run_id(&payload)?;
            let mut event = WebhookEvent::new(action, Concern::Session(id));
            event.payload = Some(map::in_event(options, &payload, Kind::Session));
            event
        }
        Topic::Task => {
            let id = run_id_of_task(&payload)?;
            let mut event = WebhookEvent::new(action, Concern::Session(id));
            event.payload = Some(map::task_in_event(&payload, Kind::Report));
            event
        }
        other => WebhookEvent::new(
            action,
            Concern::Nothing {
                reason: other.reason(),
            },
        ),
    };
    event.occurred_at = occurred_at;
    Ok(event)
}

fn run_id(payload: &wire::Payload<'_>) -> Result<SessionId, Unreadable> {
    let of_object = payload.object.get().map(|object| &object.id);
    let of_resource = payload.resource.get().map(|run| &run.id);
    one_id(of_object, of_resource)
}

fn run_id_of_task(payload: &wire::Payload<'_>) -> Result<SessionId, Unreadable> {
    let of_object = payload.object.get().map(|object| &object.workflow_run_id);
    let of_resource = payload.resource.get().map(|task| &task.workflow_run_id);
    one_id(of_object, of_resource)
}

/// The id in the two places where it may stand, in which it must be the same.
fn one_id(a: Option<&Text<'_>>, b: Option<&Text<'_>>) -> Result<SessionId, Unreadable> {
    let refuse = |why| Err(Unreadable::NotThisProvider { why });
    let mut given = [a, b].into_iter().flatten().filter(|text| text.is_given());
    let Some(first) = given.next() else {
        return refuse("an event about a workflow run that names none");
    };
    if given.any(|other| other.get() != first.get()) {
        return refuse("an event about two workflow runs at once");
    }
    map::session_id(first).ok_or(Unreadable::NotThisProvider {
        why: "an event about a workflow run whose id is none of the vendor's",
    })
}

/// Maps an event without authority, for display. What is not about a session says nothing about one.
pub(crate) fn translate(options: &OnfidoOptions, body: &[u8]) -> Result<Mapped, Unreadable> {
    let envelope: wire::Envelope<'_> = map::object(body)?;
    let payload = envelope.payload.get().ok_or(Unreadable::NotThisProvider {
        why: "it is no event: its payload is no object",
    })?;
    // An event without an action is taken for what its type says.
    let action = payload.action.get().or(payload.resource_type.get());
    let topic = action.map(Topic::of).ok_or(Unreadable::NotThisProvider {
        why: "it is no event: its payload has neither an action nor a type",
    })?;
    let mut mapped = map::blank(Kind::Webhook);
    let object = payload.object.get();
    match (topic, object) {
        (Topic::Run, _) => mapped = map::in_event(options, payload, Kind::Webhook),
        (Topic::Task, _) => mapped = map::task_in_event(payload, Kind::Webhook),
        (Topic::Check, Some(object)) => map::check_event(&mut mapped, object),
        (Topic::Report, Some(object)) => map::report_event(&mut mapped, object),
        _ => {}
    }
    Ok(mapped)
}
