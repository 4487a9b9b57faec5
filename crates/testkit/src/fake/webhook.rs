//! The fake vendor's signature: HMAC-SHA256 over the raw body, in hex, without a time.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use idv_core::webhook::{
    DeduplicationKey, HmacSha256, InboundWebhook, Refusal, SigningKey, VerifiedWebhook,
};
use idv_core::{Concern, SessionId, Unreadable, WebhookEvent, json};
use sha2::Sha256;

use super::map;
use super::wire::Event;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "fake-signature";

/// The secret the fake vendor signs with.
pub const CURRENT_SECRET: &str = "fake-webhook-secret-current";

/// The secret it signed with before; still accepted.
pub const PREVIOUS_SECRET: &str = "fake-webhook-secret-previous";

/// The one type of event that is about a check.
pub(super) const CHECK_CHANGED: &str = "check.changed";

/// The value of the signature header for these bytes.
#[must_use]
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(body);
    mac.finalize()
        .into_bytes()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

pub(super) fn verify(
    keys: &[SigningKey],
    webhook: &InboundWebhook,
) -> Result<VerifiedWebhook, Refusal> {
    let header = webhook.single_header(SIGNATURE_HEADER)?;
    let signature = decode_hex(header).ok_or(Refusal::MalformedHeader {
        name: SIGNATURE_HEADER,
        what: "it is not 64 hex digits",
    })?;
    let proof = HmacSha256::new(keys).prove(&[&webhook.body], &[signature])?;
    // Without a time in the signature the body is all that tells one delivery from another.
    let key = DeduplicationKey::sha256(&webhook.body);
    Ok(VerifiedWebhook::new(webhook, proof, key))
}

fn decode_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

pub(super) fn interpret(webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
    let event: Event = json::decode(webhook.body())?;
    let event_type = event
        .event_type
        .clone()
        .ok_or(Unreadable::NotThisProvider {
            why: "an event without a type",
        })?;
    let session = event
        .check
        .as_ref()
        .map(|check| check.id.clone())
        .or_else(|| event.check_id.clone());
    let concern = match (event_type.as_str(), session) {
        (CHECK_CHANGED, Some(id)) => Concern::Session(SessionId::new(id)),
        (CHECK_CHANGED, None) => {
            return Err(Unreadable::NotThisProvider {
                why: "an event about a check without the check",
            });
        }
        _ => Concern::Nothing {
            reason: "an event of a type that says nothing about a check",
        },
    };
    let payload = match (&concern, &event.check) {
        (Concern::Session(_), Some(_)) => Some(map::event(&event)?),
        _ => None,
    };
    let mut found = WebhookEvent::new(event_type, concern);
    found.occurred_at = event.at.as_deref().and_then(|time| time.parse().ok());
    found.live = event.live;
    found.payload = payload;
    Ok(found)
}
