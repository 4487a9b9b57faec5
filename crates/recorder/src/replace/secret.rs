//! What opens doors: in its place stands a value of the same form that says of itself that it opens none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::draw::Draw;
use super::opaque::is_uuid;
use super::{Family, Replacements};
use crate::leftover::Weight;
use crate::table::listed_prefix;

/// What every made secret begins with, after what says which kind it is.
const MARK: &str = "redacted";

/// The secrets of a recording that are real, for themselves: with them its webhooks are signed.
#[derive(Clone, Debug)]
pub(crate) struct TestSecrets {
    /// What webhooks are signed with.
    pub(crate) webhook: String,
    /// The published half of the key that webhooks are signed with, where the vendor has one.
    pub(crate) jwk: Option<Value>,
}

fn is_token_of_three(secret: &str) -> bool {
    let parts: Vec<&str> = secret.split('.').collect();
    parts.len() == 3
        && !parts.iter().any(|part| part.is_empty())
        && secret
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte))
        && !secret.starts_with("api_")
}

/// A token of three parts that can be taken apart, and proves nothing.
fn token_of_three(draw: &mut Draw<'_>) -> String {
    let head = serde_json::json!({ "alg": "ES512", "typ": "JWT" }).to_string();
    let claims = serde_json::json!({ MARK: alphanumeric(draw, 24) }).to_string();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{MARK}", part(&head), part(&claims))
}

fn alphanumeric(draw: &mut Draw<'_>, count: usize) -> String {
    let from = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    (0..count).map(|_| draw.one_of(from)).collect()
}

fn hex(draw: &mut Draw<'_>, count: usize) -> String {
    (0..count)
        .map(|_| draw.one_of(b"0123456789abcdef"))
        .collect()
}

/// The part of a secret that is drawn.
fn marked(secret: &str, draw: &mut Draw<'_>) -> String {
    if is_uuid(secret) {
        return format!("00000000-0000-4000-8000-{}", hex(draw, 12));
    }
    if secret.len() >= 16 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return format!("00000000{}", hex(draw, secret.len() - 8));
    }
    let left = secret.chars().count().saturating_sub(MARK.len()).max(12);
    format!("{MARK}{}", alphanumeric(draw, left))
}

impl Replacements {
    /// An API key, a token, or a part of one.
    pub(crate) fn secret(&mut self, secret: &str) -> String {
        self.forget(secret, Weight::Secret);
        // The id of the session, the word, and a token that the hosted page's address has too.
        if let Some((id, token)) = secret.split_once("_secret_") {
            let id = self.id(id);
            let token = self.secret_part(token);
            return self.written(format!("{id}_secret_{token}"));
        }
        let made = if is_token_of_three(secret) {
            self.once(Family::Secret, secret, token_of_three)
        } else {
            self.secret_part(secret)
        };
        self.written(made)
    }

    pub(super) fn secret_part(&mut self, secret: &str) -> String {
        self.forget(secret, Weight::Secret);
        // What says which kind of secret it is; only what the vendor is known to begin one with.
        let kind = listed_prefix(self.table.secret_prefixes, secret);
        let (kind, rest) = secret.split_at(kind);
        let kind = kind
            .replace("api_live", "api_sandbox")
            .replace("live", "test")
            .replace("production", "sandbox");
        if rest.is_empty() {
            return self.once(Family::Secret, secret, |draw| marked(secret, draw));
        }
        self.forget(rest, Weight::Secret);
        let rest = self.once(Family::Secret, rest, |draw| marked(rest, draw));
        format!("{kind}{rest}")
    }

    /// What the vendor signs webhooks with: the recording's own.
    pub(crate) fn webhook_secret(&mut self, secret: &str) -> String {
        self.forget(secret, Weight::Secret);
        let ours = self.secrets.webhook.clone();
        self.written(ours)
    }

    /// A token to log in with, or the secret of a webhook: a member `token` may be both.
    pub(crate) fn token_or_webhook_secret(&mut self, secret: &str) -> String {
        if is_token_of_three(secret) {
            self.secret(secret)
        } else {
            self.webhook_secret(secret)
        }
    }

    /// A member of the published key: that of the recording's own key.
    pub(crate) fn jwk_member(&mut self, member: &str, value: &str) -> String {
        self.forget(value, Weight::Id);
        let ours = self.secrets.jwk.as_ref().and_then(|jwk| jwk.get(member));
        let ours = ours.and_then(Value::as_str).map(str::to_owned);
        let ours = ours.unwrap_or_else(|| "00000000-0000-4000-8000-000000000000".to_owned());
        self.written(ours)
    }

    /// The value of `Authorization`: the scheme stays, what proves it does not.
    pub(crate) fn authorization(&mut self, value: &str) -> String {
        let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
        let (label, secret) = rest
            .split_once("token=")
            .map_or(("", rest), |(_, secret)| ("token=", secret));
        if !matches!(scheme, "Bearer" | "Token" | "") {
            // Basic: a pair in base64.
            self.forget(secret, Weight::Secret);
            let made = base64::engine::general_purpose::STANDARD.encode(format!("{MARK}:"));
            return self.written(format!("Basic {made}"));
        }
        let made = self.secret(secret);
        let space = if scheme.is_empty() { "" } else { " " };
        self.written(format!("{scheme}{space}{label}{made}"))
    }
}
