//! Which webhooks are believed. Beside each that is, a broken twin that is not.
//!
//! Where the vendor's own libraries disagree, the name of the test says what is done here.
#![cfg(test)]

use std::borrow::Cow;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::{
    InboundWebhook, KeyLabel, Refusal, SigningKey, Strength, VerifiedWebhook, VerifyError,
};
use idv_core::{IdProvider, Secret, Timestamp};
use idv_simulator::stripe::sign;
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::{ManualClock, shared_samples};

const SECRET: &str = "whsec_of_the_endpoint";
const NOW: i64 = 1_795_176_000;
const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"plan.created"}"#;

/// One delivery and who receives it.
#[derive(Clone)]
struct Delivery<'a> {
    header: Cow<'a, str>,
    body: &'a [u8],
    secrets: &'a [&'a str],
    now: i64,
    tolerance_secs: u64,
}

impl<'a> Delivery<'a> {
    fn new(header: impl Into<Cow<'a, str>>) -> Self {
        Self {
            header: header.into(),
            body: BODY,
            secrets: &[SECRET],
            now: NOW,
            tolerance_secs: 300,
        }
    }

    fn with_body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self
    }

    async fn arrives(&self) -> Result<VerifiedWebhook, Refusal> {
        let mut headers = HeaderMap::new();
        let header = HeaderValue::from_bytes(self.header.as_bytes()).unwrap();
        headers.insert("stripe-signature", header);
        self.arrives_with(headers).await
    }

    async fn arrives_with(&self, headers: HeaderMap) -> Result<VerifiedWebhook, Refusal> {
        let mut config = StripeConfig::default();
        for (index, secret) in self.secrets.iter().enumerate() {
            let label = KeyLabel::new(format!("secret {index}"));
            let key = SigningKey::new(label, Secret::from(*secret)).unwrap();
            config.webhook_secrets.push(key);
        }
        config.options.tolerance_secs = self.tolerance_secs;
        let now = Timestamp::from_unix_secs(self.now);
        let provider = StripeProvider::receiver(config, ManualClock::at(now));
        let inbound = InboundWebhook::new(headers, Bytes::copy_from_slice(self.body), now);
        match provider.verify(&inbound).await {
            Ok(verified) => Ok(verified),
            Err(VerifyError::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("{other}"),
        }
    }

    #[track_caller]
    fn is_believed(&self) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let result = self.arrives().await;
            assert!(result.is_ok(), "{at}: {:?}", result.err());
        }
    }

    #[track_caller]
    fn is_refused(&self, word: &'static str) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let refusal = self.arrives().await.map(|_| "believed");
            assert_eq!(refusal.map_err(|r| r.as_word()), Err(word), "{at}");
        }
    }
}

/// The signature over [`BODY`] at [`NOW`], in hexadecimal digits.
fn v1() -> String {
    v1_of(&NOW.to_string(), BODY)
}

/// The signature over a time as it is written, which may be as no clock writes it, and a body.
fn v1_of(time: &str, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same with its last digit changed.
fn flipped(hex: &str) -> String {
    let (start, last) = hex.split_at(hex.len() - 1);
    let digit = last.chars().next().unwrap().to_digit(16).unwrap() ^ 1;
    let digit = char::from_digit(digit, 16).unwrap();
    // In the case of the original, so that the twin differs by its value alone.
    let digit = if hex.bytes().any(|b| b.is_ascii_uppercase()) {
        digit.to_ascii_uppercase()
    } else {
        digit
    };
    format!("{start}{digit}")
}

#[tokio::test]
async fn every_published_vector_is_decided_as_all_official_libraries_do() {
    let Some(folder) = shared_samples("stripe", 25) else {
        return;
    };
    let text = std::fs::read(folder.join("signature_vectors.json")).unwrap();
    let file: serde_json::Value = idv_core::json::decode(&text).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 24);
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().unwrap();
        let base64 = base64::engine::general_purpose::STANDARD;
        let body = base64.decode(text("body_b64")).unwrap();
        let delivery = Delivery {
            header: text("header").into(),
            body: &body,
            secrets: &[text("secret")],
            now: vector["now"].as_i64().unwrap(),
            tolerance_secs: vector["tolerance"].as_u64().unwrap(),
        };
        let verdicts: Vec<bool> = vector["official_sdks"]
            .as_object()
            .unwrap()
            .values()
            .map(|verdict| verdict == "accept")
            .collect();
        assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]));
        let result = delivery.arrives().await;
        assert_eq!(result.is_ok(), verdicts[0], "{}: {result:?}", text("name"));
    }

    // The one signed body that the vendor itself has published, trailing newline included.
    let body = std::fs::read(folder.join("webhook_signed_customer_created.json")).unwrap();
    let mut delivery = Delivery {
        header: "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7,\
                 v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef"
            .into(),
        body: &body,
        secrets: &["webhook_secret"],
        now: 1_533_204_720,
        tolerance_secs: 300,
    };
    delivery.is_believed().await;
    delivery.now = 1_533_205_020;
    delivery.is_refused("stale").await;
    delivery.now = 1_533_204_720;
    delivery.body = body.strip_suffix(b"\n").unwrap();
    delivery.is_refused("no_matching_key").await;
}

#[tokio::test]
async fn a_signed_webhook_is_believed_and_one_flipped_bit_is_not() {
    let good = format!("t={NOW},v1={}", v1());
    Delivery::new(good.as_str()).is_believed().await;
    for index in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[index] ^= 1;
        let delivery = Delivery::new(good.as_str()).with_body(&body);
        delivery.is_refused("no_matching_key").await;
    }
    let bad = format!("t={NOW},v1={}", flipped(&v1()));
    Delivery::new(bad).is_refused("no_matching_key").await;
    let moved = format!("t={},v1={}", NOW + 1, v1());
    Delivery::new(moved).is_refused("no_matching_key").await;
}

#[tokio::test]
async fn the_receipt_says_which_key_matched_and_when_it_was_signed() {
    let delivery = Delivery {
        secrets: &["whsec_older", SECRET],
        ..Delivery::new(format!(
            "t={},v1={}",
            NOW - 7,
            v1_of(&(NOW - 7).to_string(), BODY)
        ))
    };
    let verified = delivery.arrives().await.unwrap();
    let receipt = verified.receipt();
    assert_eq!(receipt.key, "secret 1");
    assert_eq!(receipt.scheme, "hmac-sha256-timestamped");
    assert_eq!(receipt.signed_at, Some(Timestamp::from_unix_secs(NOW - 7)));
    assert_eq!(receipt.received_at, Timestamp::from_unix_secs(NOW));
    let replay_window_secs = Some(300);
    assert_eq!(receipt.strength, Strength::Signed { replay_window_secs });
    assert_eq!(receipt.deduplication_key.as_str(), "event:evt_1");
    assert_eq!(verified.body(), BODY);

    let twin = Delivery {
        secrets: &["whsec_older", "whsec_oldest"],
        ..delivery
    };
    twin.is_refused("no_matching_key").await;
}

#[tokio::test]
async fn without_a_secret_nothing_is_believed() {
    let delivery = Delivery {
        secrets: &[],
        ..Delivery::new(format!("t={NOW},v1={}", v1()))
    };
    delivery.is_refused("no_matching_key").await;
    Delivery {
        secrets: &[SECRET],
        ..delivery
    }
    .is_believed()
    .await;
}

#[tokio::test]
async fn while_a_secret_is_rolled_either_signature_is_enough() {
    let (good, bad) = (v1(), flipped(&v1()));
    for header in [
        format!("t={NOW},v1={good},v1={bad}"),
        format!("t={NOW},v1={bad},v1={good}"),
        format!("v1={bad},v1={good},t={NOW}"),
    ] {
        Delivery::new(header).is_believed().await;
    }
    let both_bad = format!("t={NOW},v1={bad},v1={bad}");
    Delivery::new(both_bad).is_refused("no_matching_key").await;
}

#[tokio::test]
async fn a_signature_that_is_no_hex_does_not_spoil_a_good_one() {
    let good = v1();
    for junk in ["bad_signature", "", &good[..62], "é"] {
        for header in [
            format!("t={NOW},v1={good},v1={junk}"),
            format!("t={NOW},v1={junk},v1={good}"),
        ] {
            // A header that is no ASCII is refused as a whole.
            if header.is_ascii() {
                Delivery::new(header).is_believed().await;
            } else {
                Delivery::new(header).is_refused("malformed_header").await;
            }
        }
        let alone = format!("t={NOW},v1={junk}");
        Delivery::new(alone).is_refused("malformed_header").await;
    }
    let with_bad = format!("t={NOW},v1={},v1=bad_signature", flipped(&good));
    Delivery::new(with_bad).is_refused("no_matching_key").await;
}

#[tokio::test]
async fn hex_of_either_case_is_accepted() {
    let upper = v1().to_uppercase();
    Delivery::new(format!("t={NOW},v1={upper}"))
        .is_believed()
        .await;
    let mixed: String = upper
        .char_indices()
        .map(|(i, c)| {
            if i % 2 == 0 {
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect();
    Delivery::new(format!("t={NOW},v1={mixed}"))
        .is_believed()
        .await;
    let twin = Delivery::new(format!("t={NOW},v1={}", flipped(&upper)));
    twin.is_refused("no_matching_key").await;
}

#[tokio::test]
async fn spaces_after_commas_are_accepted_and_spaces_inside_are_not() {
    let good = v1();
    let spaced = format!("t={NOW}, v1={good} , v0=x");
    Delivery::new(spaced).is_believed().await;
    let twin = format!("t={NOW}, v1={}", flipped(&good));
    Delivery::new(twin).is_refused("no_matching_key").await;
    for inside in [
        format!("t={NOW},v1= {good}"),
        format!("t= {NOW},v1={good}"),
        format!("t={NOW},v1={} {}", &good[..32], &good[32..]),
    ] {
        Delivery::new(inside).is_refused("malformed_header").await;
    }
}

#[tokio::test]
async fn elements_without_an_equals_sign_and_other_schemes_are_ignored() {
    let good = v1();
    let bad = flipped(&good);
    for rest in [
        "", ",", ",junk", ",v0=a=b", ",v2=abc", ",V1=zz", ",=,=", ",v1 =x",
    ] {
        let believed = format!("t={NOW},v1={good}{rest}");
        Delivery::new(believed).is_believed().await;
        let twin = format!("t={NOW},v1={bad}{rest}");
        Delivery::new(twin).is_refused("no_matching_key").await;
    }
}

#[tokio::test]
async fn only_v1_is_believed_whatever_else_carries_the_right_signature() {
    let good = v1();
    for scheme in ["v0", "v2", "V1", "v1 ", "v11", ""] {
        let header = format!("t={NOW},{scheme}={good}");
        Delivery::new(header).is_refused("no_known_scheme").await;
    }
    let beside_a_bad_v1 = format!("t={NOW},v1={},v0={good}", flipped(&good));
    let twin = Delivery::new(beside_a_bad_v1);
    twin.is_refused("no_matching_key").await;
}

#[tokio::test]
async fn a_refused_header_says_what_is_wrong_with_it() {
    let good = v1();
    for (header, what) in [
        (String::new(), "the header Stripe-Signature is missing"),
        ("  ".to_owned(), "the header Stripe-Signature is missing"),
        ("not a signature".to_owned(), "it has no time (t=)"),
        (format!("v1={good}"), "it has no time (t=)"),
        (format!("t={NOW}"), "it has no signature (v1=)"),
        (format!("t={NOW},v1="), "64 hexadecimal digits"),
        (format!("t=,v1={good}"), "no whole number of seconds"),
        (format!("t={NOW},t=1,v1={good}"), "two different times"),
    ] {
        let refusal = Delivery::new(header.as_str()).arrives().await.unwrap_err();
        let text = refusal.to_string();
        assert!(text.contains(what), "{header:?}: {text}");
        assert!(!text.contains(&good), "a refusal quotes the signature");
    }
}

#[tokio::test]
async fn a_header_that_is_missing_or_there_twice_is_refused() {
    let delivery = Delivery::new(format!("t={NOW},v1={}", v1()));
    let none = delivery.arrives_with(HeaderMap::new()).await.unwrap_err();
    assert_eq!(none.as_word(), "missing_header");

    let value: HeaderValue = delivery.header.parse().unwrap();
    let mut twice = HeaderMap::new();
    twice.append("stripe-signature", value.clone());
    twice.append("Stripe-Signature", value.clone());
    let twice = delivery.arrives_with(twice).await.unwrap_err();
    assert_eq!(twice.as_word(), "malformed_header");

    let mut once = HeaderMap::new();
    once.append("stripe-signature", value);
    assert!(delivery.arrives_with(once).await.is_ok());
}

#[tokio::test]
async fn the_time_is_plain_digits_and_what_is_signed_is_its_text() {
    for time in [
        format!("0{NOW}"),
        format!("+{NOW}"),
        format!("-{NOW}"),
        format!("{NOW}.0"),
        format!("{NOW}abc"),
        format!("{NOW} "),
        "0".to_owned(),
        "99999999999999999999".to_owned(),
        "١٧٩٥١٧٦٠٠٠".to_owned(),
    ] {
        // Signed over the text or over the number: neither counts.
        for signature in [v1_of(&time, BODY), v1()] {
            let header = format!("t={time},v1={signature}");
            // A space before the comma is trimmed away, and then it is the plain number.
            if time.trim() == NOW.to_string() {
                let is_over_number = signature == v1();
                let result = Delivery::new(header).arrives().await;
                assert_eq!(result.is_ok(), is_over_number, "{time:?}");
            } else {
                Delivery::new(header).is_refused("malformed_header").await;
            }
        }
    }
}

#[tokio::test]
async fn two_different_times_are_refused_and_the_same_time_twice_is_one() {
    let good = v1();
    let earlier = NOW - 1;
    for header in [
        format!("t={NOW},t={earlier},v1={good}"),
        format!("t={earlier},t={NOW},v1={good}"),
        format!("t={NOW},v1={good},t={earlier}"),
    ] {
        Delivery::new(header).is_refused("malformed_header").await;
    }
    let same = format!("t={NOW},t={NOW},v1={good}");
    Delivery::new(same).is_believed().await;
}

#[tokio::test]
async fn the_tolerance_holds_in_both_directions() {
    for (age, word) in [
        (300, None),
        (301, Some("stale")),
        (-300, None),
        (-301, Some("from_the_future")),
        (-10 * 365 * 86_400, Some("from_the_future")),
        (10 * 365 * 86_400, Some("stale")),
    ] {
        let header = sign(SECRET, BODY, NOW - age);
        let delivery = Delivery::new(header);
        match word {
            None => delivery.is_believed().await,
            Some(word) => delivery.is_refused(word).await,
        }
    }
}

#[tokio::test]
async fn of_a_message_nobody_signed_the_age_is_not_worth_a_word() {
    let header = format!("t={},v1={}", NOW - 100_000, v1());
    Delivery::new(header).is_refused("no_matching_key").await;
}

#[tokio::test]
async fn times_beyond_the_year_2038_are_read() {
    let late = 2_147_483_648_i64 + 86_400;
    let header = sign(SECRET, BODY, late);
    let mut delivery = Delivery::new(header);
    delivery.now = late;
    delivery.is_believed().await;
    delivery.now = late + 301;
    delivery.is_refused("stale").await;
}

#[tokio::test]
async fn the_raw_bytes_are_what_is_signed() {
    let not_utf8: &[u8] = b"{\"id\":\"evt_\xff\xfe\"}";
    let replaced = String::from_utf8_lossy(not_utf8).into_owned();
    let with_bom: &[u8] = b"\xef\xbb\xbf{\"id\":\"evt_1\"}";
    let with_crlf: &[u8] = b"{\r\n\"id\":\"evt_1\"\r\n}\r\n";
    let spaced: &[u8] = b"{ \"id\": \"evt_1\" }";
    for (body, twin) in [
        (not_utf8, replaced.as_bytes()),
        (with_bom, &with_bom[3..]),
        (with_crlf, b"{\n\"id\":\"evt_1\"\n}\n"),
        (spaced, b"{\"id\":\"evt_1\"}"),
        (b"", b" "),
    ] {
        let header = sign(SECRET, body, NOW);
        let delivery = Delivery::new(header.as_str()).with_body(body);
        delivery.is_believed().await;
        let twin = Delivery::new(header.as_str()).with_body(twin);
        twin.is_refused("no_matching_key").await;
    }
}

#[tokio::test]
async fn the_secret_is_used_as_it_is_given() {
    let good = format!("t={NOW},v1={}", v1());
    let without_prefix = SECRET.strip_prefix("whsec_").unwrap();
    let with_newline = format!("{SECRET}\n");
    for other in [without_prefix, &with_newline, &SECRET.to_uppercase()] {
        let delivery = Delivery {
            secrets: &[other],
            ..Delivery::new(good.as_str())
        };
        delivery.is_refused("no_matching_key").await;
    }
    Delivery::new(good.as_str()).is_believed().await;
}

#[tokio::test]
async fn only_the_first_sixteen_signatures_are_looked_at() {
    let (good, bad) = (v1(), flipped(&v1()));
    let bad_ones = |count: usize| format!(",v1={bad}").repeat(count);
    let sixteenth = format!("t={NOW}{},v1={good}", bad_ones(15));
    Delivery::new(sixteenth).is_believed().await;
    let seventeenth = format!("t={NOW}{},v1={good}", bad_ones(16));
    Delivery::new(seventeenth)
        .is_refused("no_matching_key")
        .await;
}

#[tokio::test]
async fn two_deliveries_of_one_event_have_one_key() {
    let first: &[u8] = br#"{"id":"evt_7","object":"event","created":1}"#;
    let again: &[u8] = br#"{"object":"event","created":1,"id":"evt_7"}"#;
    let other: &[u8] = br#"{"id":"evt_8","object":"event","created":1}"#;
    let mut keys = Vec::new();
    for body in [first, again, other] {
        let header = sign(SECRET, body, NOW);
        let delivery = Delivery::new(header).with_body(body);
        let verified = delivery.arrives().await.unwrap();
        keys.push(verified.receipt().deduplication_key.as_str().to_owned());
    }
    assert_eq!(keys, ["event:evt_7", "event:evt_7", "event:evt_8"]);
}

#[tokio::test]
async fn a_body_without_an_event_id_is_known_by_its_bytes() {
    let bodies: [&[u8]; 6] = [
        b"not JSON",
        b"{}",
        br#"{"id":null}"#,
        br#"{"id":""}"#,
        br#"{"id":"evt 1\n"}"#,
        br#"["evt_1"]"#,
    ];
    let mut keys = std::collections::BTreeSet::new();
    for body in bodies {
        let header = sign(SECRET, body, NOW);
        let delivery = Delivery::new(header).with_body(body);
        let verified = delivery.arrives().await.unwrap();
        let key = verified.receipt().deduplication_key.as_str().to_owned();
        assert!(key.starts_with("sha256:") && key.len() == 71, "{key}");
        keys.insert(key);
    }
    assert_eq!(keys.len(), bodies.len());
}
