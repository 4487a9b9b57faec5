//! Webhooks: which bytes are signed, and then what they mean.
//!
//! <https://docs.stripe.com/webhooks#verify-manually>, read 2026-11-20.

use idv_core::webhook::{
    DeduplicationKey, DeliveryShape, HmacSha256, InboundWebhook, JsonLayout, Refusal, SigningKey,
    Tolerance, VerifiedWebhook, signature_from_hex,
};
use idv_core::{
    Concern, Kind, Mapped, MissedEvent, Timestamp, Unreadable, VendorReference, WebhookCapability,
    WebhookEvent, json,
};

use crate::map;
use crate::wire::{self, Text};

/// The header with the time and the signatures: `t=1700000000,v1=0a41…,v1=…`.
const HEADER: &str = "Stripe-Signature";

/// What deliveries look like.
pub const DELIVERY_SHAPE: DeliveryShape = DeliveryShape {
    signature_header: HEADER,
    retired_elements: &["v0="],
    header_parts: 1,
    signature_len: 64,
    secret_prefix: Some("whsec_"),
    layouts: &[JsonLayout::Indented(2)],
};

/// How many `v1` signatures are looked at.
///
/// The vendor sends one for each secret that is valid: two while a secret is being rolled. Each one looked at costs
/// a hash per configured key, and it is the sender who chooses how many there are.
const MAX_SIGNATURES: usize = 16;

/// Proves that a webhook comes from the vendor.
///
/// What is signed is the text after `t=`, a dot, and the body, byte by byte. The time is checked in both
/// directions, unlike in some of the vendor's own libraries: see [`Tolerance`].
pub(crate) fn verify(
    webhook: &InboundWebhook,
    keys: &[SigningKey],
    tolerance: Tolerance,
    now: Timestamp,
) -> Result<VerifiedWebhook, Refusal> {
    let header = SignatureHeader::parse(webhook.single_header(HEADER)?)?;
    let proof = HmacSha256::new(keys).prove_timestamped(
        &[header.time.as_bytes(), b".", &webhook.body],
        header.signatures(),
        header.signed_at,
        now,
        tolerance,
    )?;
    let deduplication_key = deduplication_key(&webhook.body);
    Ok(VerifiedWebhook::new(webhook, proof, deduplication_key))
}

/// The signature header, taken apart.
struct SignatureHeader<'a> {
    /// The time as it is written: this text is what is signed.
    time: &'a str,
    signed_at: Timestamp,
    signatures: [[u8; 32]; MAX_SIGNATURES],
    count: usize,
}

impl<'a> SignatureHeader<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let malformed = |what| Refusal::MalformedHeader { name: HEADER, what };
        let mut time = None;
        let mut signatures = [[0; 32]; MAX_SIGNATURES];
        let mut count = 0;
        let (mut has_v1, mut has_other_scheme) = (false, false);
        // An element without `=` is no element; a proxy may have put a space after a comma.
        for (name, value) in header.split(',').filter_map(|e| e.trim().split_once('=')) {
            match name {
                "t" if time.is_some_and(|time| time != value) => {
                    return Err(malformed("it has two different times (t=)"));
                }
                "t" => time = Some(value),
                "v1" => {
                    has_v1 = true;
                    // A signature that is none cannot match; another one beside it still may.
                    if let (Some(signature), Some(free)) =
                        (signature_from_hex(value), signatures.get_mut(count))
                    {
                        *free = signature;
                        count += 1;
                    }
                }
                // Only `v1` is believed: `v0` is a dummy of the test mode, and nobody may choose a weaker scheme.
                _ => has_other_scheme = true,
            }
        }
        let time = time.ok_or_else(|| malformed("it has no time (t=)"))?;
        let signed_at = unix_secs(time)
            .ok_or_else(|| malformed("its time (t=) is no whole number of seconds"))?;
        if !has_v1 {
            return Err(if has_other_scheme {
                Refusal::NoKnownScheme
            } else {
                malformed("it has no signature (v1=)")
            });
        }
        if count == 0 {
            // Not "no matching key": no key could ever match, so it is the header that was damaged on its way.
            return Err(malformed(
                "no signature in it (v1=) is 64 hexadecimal digits",
            ));
        }
        Ok(Self {
            time,
            signed_at,
            signatures,
            count,
        })
    }

    fn signatures(&self) -> &[[u8; 32]] {
        self.signatures.get(..self.count).unwrap_or_default()
    }
}

/// Seconds as the vendor writes them: digits, without a sign or a leading zero. One number, one text.
fn unix_secs(text: &str) -> Option<Timestamp> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let secs: i64 = text.parse().ok().filter(|_| is_plain)?;
    Some(Timestamp::from_unix_secs(secs))
}

/// Two deliveries of one event have one id; what has no id is known by its bytes.
fn deduplication_key(body: &[u8]) -> DeduplicationKey {
    match json::find_text(body, "id") {
        Some(id) if map::is_vendor_id(&id) => DeduplicationKey::event_id(&id),
        _ => DeduplicationKey::sha256(body),
    }
}

/// How the names of the events begin that this product sends.
const SNAPSHOT_PREFIX: &str = "identity.verification_session.";
/// The same, of events that only name their object.
const THIN_PREFIX: &str = "v1.identity.verification_session.";
macro_rules! webhooks {
    ($($happening:literal)+) => { &[ $(
        WebhookCapability {
            event_type: concat!("identity.verification_session.", $happening),
            concerns_session: true,
        },
        WebhookCapability {
            event_type: concat!("v1.identity.verification_session.", $happening),
            concerns_session: true,
        },
    )+ ] };
}

/// Every event that is published; a report has none. In both styles.
static WEBHOOKS: &[WebhookCapability] = webhooks! {
    "created" "processing" "verified" "requires_input" "canceled" "redacted"
};

/// The events that matter, as an endpoint asks for them: all of this product that carry their object.
pub(crate) fn snapshot_events() -> impl Iterator<Item = &'static str> {
    let names = WEBHOOKS.iter().map(|webhook| webhook.event_type);
    names.filter(|name| name.starts_with(SNAPSHOT_PREFIX))
}

/// The webhooks that are understood.
pub(crate) fn capabilities() -> Vec<WebhookCapability> {
    WEBHOOKS.to_vec()
}

/// What the name of an event promises. It never says more than which object the event is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    /// One of the published events: it must hold or name a session.
    Listed,
    /// Another event of the same family. If it holds or names a session, it concerns that session.
    Unlisted,
    /// Of another product.
    Foreign,
}

impl Name {
    fn of(event_type: &Text<'_>, prefix: &str) -> Self {
        match event_type.get().filter(|name| name.starts_with(prefix)) {
            Some(name) if WEBHOOKS.iter().any(|known| known.event_type == name) => Self::Listed,
            Some(_) => Self::Unlisted,
            None => Self::Foreign,
        }
    }

    /// What an event means that holds no session, or none that can be asked for.
    fn without_session(
        self,
        event_type: String,
        why: &'static str,
    ) -> Result<WebhookEvent, Unreadable> {
        match self {
            Self::Listed => Err(Unreadable::NotThisProvider { why }),
            Self::Unlisted | Self::Foreign => Ok(WebhookEvent::new(event_type, not_ours())),
        }
    }
}

/// Says what a proven webhook means. The name of the event says which object it is about, and nothing about its
/// state: that is read from the object.
pub(crate) fn interpret(webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
    let event: wire::Event<'_> = map::object(webhook.body())?;
    let event_type = event
        .event_type
        .get()
        .ok_or(Unreadable::NotThisProvider {
            why: "it is no event: it has no type",
        })?
        .to_owned();
    let (occurred_at, live) = (event.created.0, event.livemode.0);
    let mut result = match event.object.get() {
        Some(wire::SNAPSHOT_EVENT) => snapshot(event, event_type)?,
        Some(wire::THIN_EVENT) => thin(&event, event_type)?,
        _ => return Err(NO_EVENT),
    };
    result.occurred_at = occurred_at;
    result.live = live.or_else(|| result.payload.as_ref()?.live);
    Ok(result)
}

/// What an event from the vendor's list is about, if it is about a session. `since`: what is older was not asked for, so
/// one that does not say when it happened is as old as that.
pub(crate) fn about_session(event: &[u8], since: Timestamp) -> Option<MissedEvent> {
    let event: wire::Event<'_> = map::object(event).ok()?;
    let event_type = event.event_type.get()?.to_owned();
    let occurred_at = event.created.0.unwrap_or(since);
    if event.object.get() != Some(wire::SNAPSHOT_EVENT) {
        return None;
    }
    let read = snapshot(event, event_type).ok()?;
    match read.concern {
        Concern::Session(session) => Some(MissedEvent::new(session, read.event_type, occurred_at)),
        _ => None,
    }
}

const NO_EVENT: Unreadable = Unreadable::NotThisProvider {
    why: "it is no event: its \"object\" is another",
};

fn snapshot(event: wire::Event<'_>, event_type: String) -> Result<WebhookEvent, Unreadable> {
    let name = Name::of(&event.event_type, SNAPSHOT_PREFIX);
    if name == Name::Foreign {
        return Ok(WebhookEvent::new(event_type, not_ours()));
    }
    let Ok(payload) = carried_session(event, Kind::Session) else {
        let why = "an event about a session that holds no session";
        return name.without_session(event_type, why);
    };
    let id = payload.session_id.clone();
    let Some(id) = id.filter(|id| map::is_vendor_id(id.as_str())) else {
        return name.without_session(event_type, NO_SESSION_ID);
    };
    let mut result = WebhookEvent::new(event_type, Concern::Session(id));
    result.payload = Some(payload);
    Ok(result)
}

const NO_SESSION_ID: &str = "an event about a session without a session id";

/// The session in an event, or the name of what is there instead.
fn carried_session<'a>(event: wire::Event<'a>, kind: Kind) -> Result<Mapped, Text<'a>> {
    let data = event.data.into_inner();
    let Some(session) = data.and_then(|data| data.object.into_inner()) else {
        return Err(Text::Absent);
    };
    if session.object.get() != Some(wire::SESSION) {
        return Err(session.object);
    }
    let mut mapped = map::session_in_event(*session, kind);
    if let Some(account) = event.account.get() {
        mapped.references.push(VendorReference {
            name: "account".to_owned(),
            value: account.to_owned(),
        });
    }
    Ok(mapped)
}

/// A thin event has no state: the session must be fetched. Its address in the event is not used for that.
fn thin(event: &wire::Event<'_>, event_type: String) -> Result<WebhookEvent, Unreadable> {
    let name = Name::of(&event.event_type, THIN_PREFIX);
    if name == Name::Foreign {
        return Ok(WebhookEvent::new(event_type, not_ours()));
    }
    let id = event
        .related_object
        .get()
        .filter(|related| related.object_type.get() == Some(wire::SESSION))
        .and_then(|related| map::session_id(&related.id));
    match id {
        Some(id) => Ok(WebhookEvent::new(event_type, Concern::Session(id))),
        None => name.without_session(event_type, NO_SESSION_ID),
    }
}

const fn not_ours() -> Concern {
    Concern::Nothing {
        reason: "it is an event of another product, or of an unlisted type and about no session",
    }
}

/// Maps an event without authority. What is not about a session says nothing.
pub(crate) fn translate(body: &[u8]) -> Result<Mapped, Unreadable> {
    let event: wire::Event<'_> = map::object(body)?;
    let live = event.livemode.0;
    let is_thin = match event.object.get() {
        Some(wire::SNAPSHOT_EVENT) => false,
        Some(wire::THIN_EVENT) => true,
        _ => return Err(NO_EVENT),
    };
    let mut mapped = map::blank(Kind::Webhook);
    let prefix = if is_thin {
        THIN_PREFIX
    } else {
        SNAPSHOT_PREFIX
    };
    let name = Name::of(&event.event_type, prefix);
    if is_thin && name != Name::Foreign {
        let related = event.related_object.get();
        mapped.session_id = related.and_then(|related| map::session_id(&related.id));
    } else if name != Name::Foreign {
        match carried_session(event, Kind::Webhook) {
            Ok(session) => mapped = session,
            // Without authority a strange object is no error; `interpret` refuses it.
            Err(other) => map::note_unknown(&mut mapped, "/data/object/object", &other),
        }
    }
    mapped.live = live.or(mapped.live);
    Ok(mapped)
}
