//! A token signed with ES256 that holds the digest of the body.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_simulator::plaid::WebhookKey;

use super::body::{INDENTED, changed, compact};
use super::broken::{Broken, NOW};

const HEADER: &str = "Plaid-Verification";

struct Keys {
    own: WebhookKey,
    two: WebhookKey,
    live: WebhookKey,
    before: WebhookKey,
    expired: WebhookKey,
    /// Of the same id as the account's own.
    impostor: WebhookKey,
    unknown: WebhookKey,
}

impl Keys {
    fn new() -> Self {
        let key = |id: &str| WebhookKey::generate(id, NOW - 1000).unwrap();
        Self {
            own: key("own"),
            two: key("two"),
            live: key("live"),
            before: key("before"),
            expired: key("expired").expired_at(NOW - 10),
            impostor: key("own"),
            unknown: key("unknown"),
        }
    }

    fn case(&self, name: &'static str, cause: &'static str) -> Broken {
        let account = |name: &str, environment: &str| {
            format!(
                "[accounts.{name}]\nprovider = \"plaid\"\nenvironment = \"{environment}\"\nwebhook_keys_file = \"{name}.jwk\"\n\n"
            )
        };
        let config = [
            account("one", "sandbox"),
            account("two", "sandbox"),
            account("real", "live"),
        ];
        let own = serde_json::json!([self.own.jwk(), self.expired.jwk()]);
        Broken::new(name, cause)
            .body(INDENTED)
            .config(config.concat())
            .file("one.jwk", own.to_string())
            .file("two.jwk", self.two.jwk().to_string())
            .file("real.jwk", self.live.jwk().to_string())
            .file("old.jwk", self.before.jwk().to_string())
    }

    fn signed(&self, name: &'static str, cause: &'static str, key: &WebhookKey) -> Broken {
        let token = key.sign(INDENTED.as_bytes(), NOW).unwrap();
        self.case(name, cause).header(HEADER, token)
    }
}

pub(crate) fn whole() -> Broken {
    let keys = Keys::new();
    keys.signed("whole", "", &keys.own)
}

pub(crate) fn broken() -> Vec<Broken> {
    let keys = Keys::new();
    let own = |body: &[u8], at: i64| keys.own.sign(body, at).unwrap();
    let good = own(INDENTED.as_bytes(), NOW);
    let other = own(b"{}", NOW - 7);
    let case = |name, cause| keys.case(name, cause);
    // The same token with another algorithm in its head.
    let naming = |algorithm: &str| {
        let head = format!(r#"{{"alg":"{algorithm}","kid":"own","typ":"JWT"}}"#);
        let rest = good.split_once('.').unwrap().1;
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(head))
    };
    let without_signature = &good[..good.rfind('.').unwrap()];
    let mut all = vec![
        keys.signed("another account", "other_accounts_key", &keys.two),
        keys.signed("another environment", "other_environments_key", &keys.live),
        keys.signed("a key that was replaced", "rotated_key", &keys.before)
            .with(&["--old-jwk", "old.jwk"]),
        keys.signed("a key nobody knows", "unknown_key_id", &keys.unknown),
        keys.signed("a key that was withdrawn", "key_expired", &keys.expired),
        keys.signed(
            "another key of the same id",
            "no_matching_key",
            &keys.impostor,
        ),
        case("no algorithm", "algorithm_not_allowed").header(HEADER, naming("none")),
        case("the public key as a secret", "algorithm_not_allowed").header(HEADER, naming("HS256")),
        case("too old", "stale").header(HEADER, own(INDENTED.as_bytes(), NOW - 1000)),
        case("to come", "from_the_future").header(HEADER, own(INDENTED.as_bytes(), NOW + 1000)),
        case("hash of another body", "body_hash_mismatch").header(HEADER, &other),
        case("stripped", "missing_header"),
        case("renamed", "header_renamed").header("X-Original-Plaid-Verification", &good),
        case("twice", "header_repeated")
            .header(HEADER, &good)
            .header(HEADER, &good),
        case("folded", "header_repeated").header(HEADER, format!("{good},{other}")),
        case("cut in the signature", "header_truncated")
            .likely()
            .header(HEADER, &good[..good.len() - 9]),
        case("cut before the signature", "header_truncated")
            .likely()
            .header(HEADER, without_signature),
        case("quoted", "header_altered").header(HEADER, format!("\"{good}\"")),
        case("with a prefix", "header_altered").header(HEADER, format!("Bearer {good}")),
        case("no header of the vendor's", "malformed_header").header(HEADER, format!("{good}x")),
        case("another vendor", "other_vendors_signature")
            .likely()
            .header("X-SHA2-Signature", "ab".repeat(32)),
    ];
    for change in changed(INDENTED, &compact()) {
        let mut case = case(change.name, change.cause)
            .header(HEADER, own(&change.signed, NOW))
            .body(change.arrived);
        case.certainty = change.certainty;
        all.push(case);
    }
    all
}

/// A delivery that is too old and whose body was changed has both causes; the body's comes first.
#[test]
fn what_is_too_old_besides_is_told_besides() {
    let keys = Keys::new();
    let token = keys.own.sign(INDENTED.as_bytes(), NOW - 1000).unwrap();
    let case = keys.case("old and changed", "body_reserialised");
    let case = case.header(HEADER, token).body(compact());
    let (code, found) = super::diagnose(&case);
    assert_eq!(
        (code, found["cause"].as_str()),
        (1, Some("body_reserialised"))
    );
    let also = serde_json::json!({"cause": "stale", "by_secs": 700});
    assert_eq!(found["also"], also, "{found}");
}
