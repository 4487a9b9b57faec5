//! Which webhooks are believed. Beside each that is, a broken twin that is not.
#![cfg(test)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::{InboundWebhook, Refusal, Strength, VerifiedWebhook, VerifyError};
use idv_core::{Concern, IdProvider, Timestamp};
use idv_plaid::{Jwk, PlaidConfig, PlaidProvider};
use idv_testkit::{ManualClock, shared_samples};
use serde_json::{Value, json};

mod signer;
use signer::{NOW, TestKey, digest};

const BODY: &[u8] = b"{\n  \"environment\": \"sandbox\"\n}";

fn provider(keys: Vec<Jwk>, now: i64, tolerance_secs: u64) -> PlaidProvider {
    let mut config = PlaidConfig {
        keys,
        ..PlaidConfig::default()
    };
    config.options.tolerance_secs = tolerance_secs;
    PlaidProvider::receiver(config, ManualClock::at(Timestamp::from_unix_secs(now)))
}

async fn arrives(
    provider: &PlaidProvider,
    token: &str,
    body: &[u8],
) -> Result<VerifiedWebhook, Refusal> {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(token).unwrap();
    headers.insert("plaid-verification", value);
    let body = Bytes::copy_from_slice(body);
    let inbound = InboundWebhook::new(headers, body, Timestamp::from_unix_secs(NOW));
    match provider.verify(&inbound).await {
        Ok(verified) => Ok(verified),
        Err(VerifyError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

async fn refusal(provider: &PlaidProvider, token: &str, body: &[u8]) -> Refusal {
    arrives(provider, token, body).await.unwrap_err()
}

fn vector(folder: &std::path::Path, name: &str) -> Value {
    let bytes = std::fs::read(folder.join(format!("jwt_vector_{name}.json"))).unwrap();
    idv_core::json::decode(&bytes).unwrap()
}

/// What each vector must become. The files say accept or reject; the reasons are ours.
const VECTORS: &[(&str, Result<&str, &str>)] = &[
    ("real_1", Ok("TRANSACTIONS.HISTORICAL_UPDATE")),
    ("real_2", Ok("")),
    ("real_3", Ok("")),
    ("real_4_income", Ok("INCOME.INCOME_VERIFICATION")),
    ("real_5_other_body", Err("body_hash_mismatch")),
    // Its body is not known: the signature and the age are right, and so it fails at the last step.
    ("real_6_signature_only", Err("body_hash_mismatch")),
    ("real_7_development_unknown_kid", Err("unknown_key_id")),
    ("derived_bad_signature", Err("no_matching_key")),
    ("derived_body_indent4", Err("body_hash_mismatch")),
    ("derived_stale_301s", Err("stale")),
];

#[tokio::test]
async fn every_recorded_vector_is_decided_with_the_right_reason() {
    let Some(folder) = shared_samples("plaid", VECTORS.len()) else {
        return;
    };
    let files = std::fs::read_dir(&folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("jwt_vector_")
    });
    assert_eq!(files.count(), VECTORS.len(), "a vector is not in the table");
    let key = vector(&folder, "real_1")["jwk"].to_string();
    for (name, expected) in VECTORS {
        let vector = vector(&folder, name);
        let keys = match &vector["jwk"] {
            Value::Null => Jwk::read_all(key.as_bytes()),
            jwk => Jwk::read_all(jwk.to_string().as_bytes()),
        };
        let now = vector["now_unix"].as_i64().unwrap();
        let provider = provider(keys.unwrap(), now, 300);
        let token = vector["request_headers"]["Plaid-Verification"]
            .as_str()
            .unwrap();
        let body = vector["raw_body_utf8"].as_str().unwrap_or_default();
        let outcome = arrives(&provider, token, body.as_bytes()).await;
        match (expected, outcome) {
            (Ok(event_type), Ok(verified)) => {
                assert_eq!(vector["expect"], "accept", "{name}");
                let event = provider.interpret(&verified).unwrap();
                assert!(event.event_type.contains(event_type), "{name}");
                // None of them is about an identity verification.
                assert!(matches!(event.concern, Concern::Nothing { .. }), "{name}");
            }
            (Err(word), Err(refusal)) => {
                assert_ne!(vector["expect"], "accept", "{name}");
                assert_eq!(refusal.as_word(), *word, "{name}");
            }
            (expected, outcome) => panic!("{name}: {expected:?}, and it was {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_proof_names_its_key_its_time_and_its_window() {
    let key = TestKey::new("key-1");
    let provider = provider(vec![TestKey::new("key-0").jwk(), key.jwk()], NOW, 300);
    let token = key.sign(BODY, NOW - 7);
    let verified = arrives(&provider, &token, BODY).await.unwrap();
    let receipt = verified.receipt();
    assert_eq!(receipt.scheme, "es256-body-hash");
    assert_eq!(receipt.key, "key-1");
    assert_eq!(receipt.signed_at, Some(Timestamp::from_unix_secs(NOW - 7)));
    let window = Strength::Signed {
        replay_window_secs: Some(300),
    };
    assert_eq!(receipt.strength, window);
    assert_eq!(verified.body(), BODY);
}

#[tokio::test]
async fn a_key_is_believed_under_its_own_id_only() {
    let (one, two) = (TestKey::new("one"), TestKey::new("two"));
    let provider = provider(vec![one.jwk(), two.jwk()], NOW, 300);
    let claims = json!({ "iat": NOW, "request_body_sha256": digest(BODY) });
    let head = json!({ "alg": "ES256", "kid": "two", "typ": "JWT" });
    let token = one.sign_parts(&head, &claims);
    assert_eq!(
        refusal(&provider, &token, BODY).await,
        Refusal::NoMatchingKey
    );
    let token = two.sign_parts(&head, &claims);
    assert!(arrives(&provider, &token, BODY).await.is_ok());
}

#[tokio::test]
async fn the_tolerance_is_the_configured_one_in_both_directions() {
    let key = TestKey::new("k");
    for tolerance in [1, 300, 41_400] {
        let provider = provider(vec![key.jwk()], NOW, tolerance);
        let secs = i64::try_from(tolerance).unwrap();
        for (age, word) in [
            (0, None),
            (secs, None),
            (-secs, None),
            (secs + 1, Some("stale")),
            (-secs - 1, Some("from_the_future")),
        ] {
            let token = key.sign(BODY, NOW - age);
            let found = arrives(&provider, &token, BODY).await.err();
            assert_eq!(found.map(|refusal| refusal.as_word()), word, "{age}");
        }
    }
}

#[tokio::test]
async fn no_other_algorithm_is_accepted_whoever_signed() {
    let key = TestKey::new("k");
    let provider = provider(vec![key.jwk()], NOW, 300);
    let claims = json!({ "iat": NOW, "request_body_sha256": digest(BODY) });
    for algorithm in [
        "none", "HS256", "RS256", "ES384", "ES512", "es256", "EdDSA", "",
    ] {
        let head = json!({ "alg": algorithm, "kid": "k", "typ": "JWT" });
        let token = key.sign_parts(&head, &claims);
        assert_eq!(
            refusal(&provider, &token, BODY).await,
            Refusal::AlgorithmNotAllowed,
            "{algorithm}"
        );
    }
    // Signed with the public key as the secret of an HMAC, and not signed at all.
    let unsigned = key.sign(BODY, NOW);
    let (input, _) = unsigned.rsplit_once('.').unwrap();
    for bad in [format!("{input}."), input.to_owned()] {
        assert_eq!(
            refusal(&provider, &bad, BODY).await.as_word(),
            "malformed_header"
        );
    }
}

#[tokio::test]
async fn a_key_in_the_token_is_never_believed() {
    let (ours, theirs) = (TestKey::new("k"), TestKey::new("k"));
    let provider = provider(vec![ours.jwk()], NOW, 300);
    let claims = json!({ "iat": NOW, "request_body_sha256": digest(BODY) });
    let with = |member: &str, value: Value| {
        let mut head = json!({ "alg": "ES256", "kid": "k", "typ": "JWT" });
        head[member] = value;
        head
    };
    for head in [
        with("jwk", theirs.public()),
        with("jku", json!("https://evil.example/keys")),
        with("x5u", json!("https://evil.example/cert")),
        with("x5c", json!(["MIIB"])),
    ] {
        let token = theirs.sign_parts(&head, &claims);
        assert_eq!(
            refusal(&provider, &token, BODY).await,
            Refusal::NoMatchingKey
        );
        // They change nothing for a token that is rightly signed either.
        let token = ours.sign_parts(&head, &claims);
        assert!(arrives(&provider, &token, BODY).await.is_ok());
    }
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_refused() {
    let key = TestKey::new("k");
    let provider = provider(vec![key.jwk()], NOW, 300);
    let claims = json!({ "iat": NOW, "request_body_sha256": digest(BODY) });
    for crit in [json!(["b64"]), json!([]), json!(null), json!("exp")] {
        let head = json!({ "alg": "ES256", "kid": "k", "crit": crit, "b64": false });
        let token = key.sign_parts(&head, &claims);
        let refusal = refusal(&provider, &token, BODY).await;
        assert!(refusal.to_string().contains("crit"), "{refusal}");
    }
}

#[tokio::test]
async fn what_is_rightly_signed_and_badly_written_is_refused_as_malformed() {
    let key = TestKey::new("k");
    let provider = provider(vec![key.jwk()], NOW, 300);
    let head = json!({ "alg": "ES256", "kid": "k", "typ": "JWT" });
    let good = digest(BODY);
    for claims in [
        json!({}),
        json!([]),
        json!({ "iat": NOW }),
        json!({ "request_body_sha256": good }),
        json!({ "iat": NOW.to_string(), "request_body_sha256": good }),
        json!({ "iat": 1.5, "request_body_sha256": good }),
        json!({ "iat": null, "request_body_sha256": good }),
        json!({ "iat": NOW, "request_body_sha256": good.to_uppercase() }),
        json!({ "iat": NOW, "request_body_sha256": good[1..] }),
        json!({ "iat": NOW, "request_body_sha256": format!("{good}00") }),
        json!({ "iat": NOW, "request_body_sha256": [good] }),
    ] {
        let token = key.sign_parts(&head, &claims);
        let refusal = refusal(&provider, &token, BODY).await;
        assert_eq!(refusal.as_word(), "malformed_header", "{claims}");
    }
    for head in [
        json!({ "alg": "ES256" }),
        json!({ "alg": "ES256", "kid": "" }),
        json!({ "alg": "ES256", "kid": 1 }),
        json!({ "alg": "ES256", "kid": "../k" }),
        json!({ "alg": "ES256", "kid": "k".repeat(65) }),
        json!({ "kid": "k" }),
        json!({ "alg": ["ES256"], "kid": "k" }),
        json!("ES256"),
    ] {
        let claims = json!({ "iat": NOW, "request_body_sha256": good });
        let token = key.sign_parts(&head, &claims);
        let refusal = refusal(&provider, &token, BODY).await;
        assert_eq!(refusal.as_word(), "malformed_header", "{head}");
    }
    // The same member twice: two readers could see two algorithms.
    let twice = br#"{"alg":"none","alg":"ES256","kid":"k"}"#;
    let claims = json!({ "iat": NOW, "request_body_sha256": good }).to_string();
    let token = key.sign_bytes(twice, claims.as_bytes());
    assert_eq!(
        refusal(&provider, &token, BODY).await.as_word(),
        "malformed_header"
    );
}

#[tokio::test]
async fn a_token_has_one_spelling() {
    let key = TestKey::new("k");
    let provider = provider(vec![key.jwk()], NOW, 300);
    let good = key.sign(BODY, NOW);
    assert!(arrives(&provider, &good, BODY).await.is_ok());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // The last character of 64 bytes holds four bits; the two that are left over must be zero.
    let last = signature.chars().last().unwrap();
    let mut twins: Vec<String> = ('A'..='z')
        .filter(|c| c.is_ascii_alphanumeric() && *c != last)
        .map(|c| format!("{input}.{}{c}", &signature[..signature.len() - 1]))
        .collect();
    twins.extend([
        format!("{good}=="),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.x"),
        format!("Bearer {good}"),
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(&bytes[..63])),
        format!(
            "{input}.{}",
            URL_SAFE_NO_PAD.encode([&bytes[..], &[0]].concat())
        ),
        format!("{input}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        good.replace('.', ".."),
        good.replace('-', "+").replace('_', "/") + "=",
        "A".repeat(3_000),
    ]);
    for twin in twins {
        assert!(arrives(&provider, &twin, BODY).await.is_err(), "{twin}");
    }
}

#[tokio::test]
async fn a_header_that_is_missing_or_there_twice_is_refused() {
    let key = TestKey::new("k");
    let provider = provider(vec![key.jwk()], NOW, 300);
    let mut headers = HeaderMap::new();
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        let now = Timestamp::from_unix_secs(NOW);
        let inbound = InboundWebhook::new(headers.clone(), Bytes::from_static(BODY), now);
        outcomes.push(match provider.verify(&inbound).await {
            Ok(_) => "believed",
            Err(VerifyError::Refused(refusal)) => refusal.as_word(),
            Err(_) => "undecided",
        });
        let token = HeaderValue::from_str(&key.sign(BODY, NOW)).unwrap();
        headers.append("plaid-verification", token);
    }
    assert_eq!(outcomes, ["missing_header", "believed", "malformed_header"]);
}

#[tokio::test]
async fn an_account_without_keys_and_without_credentials_believes_nobody() {
    let key = TestKey::new("k");
    let provider = provider(Vec::new(), NOW, 300);
    let token = key.sign(BODY, NOW);
    assert_eq!(
        refusal(&provider, &token, BODY).await,
        Refusal::UnknownKeyId
    );
}

#[tokio::test]
async fn a_key_that_has_ended_is_refused_from_that_second_on() {
    let key = TestKey::new("k");
    for (end, word) in [
        (NOW + 1, None),
        (NOW, Some("key_expired")),
        (NOW - 1, Some("key_expired")),
    ] {
        let provider = provider(vec![key.jwk_until(end)], NOW, 300);
        let token = key.sign(BODY, NOW - 10);
        let found = arrives(&provider, &token, BODY).await.err();
        assert_eq!(found.map(|refusal| refusal.as_word()), word);
    }
}

#[tokio::test]
async fn two_events_with_one_body_are_two_deliveries_and_one_token_is_one() {
    let key = TestKey::new("k");
    let provider = provider(vec![key.jwk()], NOW, 300);
    let (first, second) = (key.sign(BODY, NOW - 1), key.sign(BODY, NOW));
    let mut keys = Vec::new();
    for token in [&first, &first, &second] {
        let verified = arrives(&provider, token, BODY).await.unwrap();
        keys.push(verified.receipt().deduplication_key.clone());
    }
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
}

#[test]
fn a_key_is_read_in_each_form_and_its_broken_twins_are_not() {
    let key = TestKey::new("k");
    let bare = key.public();
    let read = |value: Value| Jwk::read_all(value.to_string().as_bytes());
    for (form, count) in [
        (bare.clone(), 1),
        (json!({ "key": bare, "request_id": "r" }), 1),
        (json!({ "keys": [bare, bare] }), 2),
        (json!([{ "key": bare }, bare]), 2),
    ] {
        assert_eq!(read(form).unwrap().len(), count);
    }
    let with = |member: &str, value: Value| {
        let mut twin = bare.clone();
        twin[member] = value;
        twin
    };
    for twin in [
        with("kty", json!("RSA")),
        with("crv", json!("P-384")),
        with("alg", json!("HS256")),
        with("use", json!("enc")),
        with("kid", json!(null)),
        with("kid", json!("a/b")),
        with("x", json!("AAAA")),
        with("x", bare["y"].clone()),
        with("y", json!(null)),
        with("d", json!("c2VjcmV0")),
        with("expired_at", json!("soon")),
        json!({}),
        json!([]),
        json!({ "keys": [] }),
        json!("key"),
    ] {
        assert!(read(twin.clone()).is_err(), "{twin}");
    }
    assert!(Jwk::read_all(b"not json").is_err());
}
