//! Webhooks: which bytes are signed, and then what they mean.
//!
//! <https://plaid.com/docs/api/webhooks/webhook-verification/>, read 2026-11-20.

mod jwk;
mod jws;
mod key_cache;
mod single_flight;

use idv_core::webhook::{
    DeduplicationKey, DeliveryShape, Es256BodyHash, InboundWebhook, JsonLayout, KeyLabel,
    Tolerance, VerifiedWebhook, VerifyError,
};
use idv_core::{Clock, Concern, Kind, Mapped, Unreadable, WebhookCapability, WebhookEvent};

pub use jwk::{Jwk, JwkError};
pub(crate) use key_cache::{KeyCache, KeyLimits};

use crate::client::Client;
use crate::map::{self, Site};
use crate::wire::{self, Members as _, Text};
use jws::Token;

/// The header with the signed token.
const HEADER: &str = "Plaid-Verification";

/// What deliveries look like: the signature is 64 bytes in base64url.
pub const DELIVERY_SHAPE: DeliveryShape = DeliveryShape {
    signature_header: HEADER,
    retired_elements: &[],
    header_parts: 3,
    signature_len: 86,
    secret_prefix: None,
    layouts: &[JsonLayout::Indented(2)],
};

/// Proves that a webhook comes from the vendor.
///
/// The token names its key; the key comes from the configuration or from the vendor, and never from the token. What
/// is signed is the token's own text, and the token holds the digest of the body.
pub(crate) async fn verify(
    webhook: &InboundWebhook,
    keys: &KeyCache,
    client: Option<&Client>,
    tolerance: Tolerance,
    clock: &dyn Clock,
) -> Result<VerifiedWebhook, VerifyError> {
    // Not the time after a key was fetched: how long that takes says nothing about the webhook.
    let now = clock.now();
    let header = webhook.single_header(HEADER)?;
    let token = Token::split(header)?;
    let head = token.head()?;
    let scheme = Es256BodyHash::accept(&head.algorithm)?;
    let key = keys.find(&head.key_id, client, clock).await?;
    let label = KeyLabel::new(&*head.key_id);
    let signed = scheme.check_signature(label, &key, token.signing_input, &token.signature)?;
    let claims = token.claims()?;
    let proof = signed.prove(&claims, &webhook.body, now, tolerance)?;
    // Two events about one session have the same body, so it is the token that tells deliveries apart.
    let deduplication_key = DeduplicationKey::sha256(header.as_bytes());
    Ok(VerifiedWebhook::new(webhook, proof, deduplication_key))
}

/// The `webhook_type` of this product. Other products use the same codes, so both words count.
const PRODUCT: &str = "IDENTITY_VERIFICATION";
/// Its webhooks, by type and code.
pub(crate) static WEBHOOKS: &[WebhookCapability] = &[
    webhook("IDENTITY_VERIFICATION.STATUS_UPDATED"),
    webhook("IDENTITY_VERIFICATION.STEP_UPDATED"),
    // Whether it names the old attempt or the new one is not published. A fetch of either tells.
    webhook("IDENTITY_VERIFICATION.RETRIED"),
];

const fn webhook(event_type: &'static str) -> WebhookCapability {
    WebhookCapability {
        event_type,
        concerns_session: true,
    }
}

/// The codes of this product's webhooks.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    let types = WEBHOOKS.iter().map(|webhook| webhook.event_type);
    types.filter_map(|name| name.strip_prefix(PRODUCT)?.strip_prefix('.'))
}

fn is_of_product(webhook: &wire::Webhook<'_>) -> bool {
    webhook.webhook_type.get() == Some(PRODUCT)
}

fn is_listed(webhook: &wire::Webhook<'_>) -> bool {
    webhook
        .webhook_code
        .get()
        .is_some_and(|code| codes().any(|known| known == code))
}

/// The vendor's environments, and whether each is about real people.
pub(crate) static ENVIRONMENTS: &[(&str, bool)] = &[
    ("production", true),
    ("sandbox", false),
    // There is none any more, but what was recorded in it is still read.
    ("development", false),
];

fn live(webhook: &wire::Webhook<'_>) -> Option<bool> {
    let word = webhook.environment.get()?;
    let row = ENVIRONMENTS.iter().find(|row| row.0 == word)?;
    Some(row.1)
}

/// Says what a proven webhook means. None carries a state: it only says which session to look at.
pub(crate) fn interpret(webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
    let object = map::only_members_of::<wire::Webhook<'static>>(webhook.body())?;
    let webhook = wire::Webhook::of(&object);
    let (Text::Is(kind), Text::Is(code)) = (webhook.webhook_type, webhook.webhook_code) else {
        return Err(Unreadable::NotThisProvider {
            why: "it is no webhook: it has no webhook_type or no webhook_code",
        });
    };
    let id = map::session_id(webhook.identity_verification_id);
    let concern = match id {
        _ if !is_of_product(&webhook) => Concern::Nothing {
            reason: "it is an event of another product of the vendor",
        },
        // Also where nobody has listed the code: something happened to the attempt, and a look at it tells what.
        Some(id) => Concern::Session(id),
        None if is_listed(&webhook) => {
            return Err(Unreadable::NotThisProvider {
                why: "an event about an attempt without its id",
            });
        }
        None => Concern::Nothing {
            reason: "it is an event of this product, of a type that is not listed, and names no attempt",
        },
    };
    let mut event = WebhookEvent::new(format!("{kind}.{code}"), concern);
    event.live = live(&webhook);
    Ok(event)
}

/// Maps a webhook without authority. What is not about a session says nothing.
pub(crate) fn translate(webhook: &wire::Webhook<'_>) -> Mapped {
    let mut mapped = map::blank(Kind::Webhook);
    if is_of_product(webhook) {
        mapped.session_id = map::session_id(webhook.identity_verification_id);
        if !is_listed(webhook) {
            let code = webhook.webhook_code.raw();
            let unknown = Site::new("event", "").unknown("/webhook_code", code);
            mapped.unknown.push(unknown);
        }
    }
    mapped.live = live(webhook);
    mapped
}
