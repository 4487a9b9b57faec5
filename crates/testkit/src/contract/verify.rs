//! Clauses about proving that a webhook comes from the vendor.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::{InboundWebhook, Refusal, Strength, VerifiedWebhook, VerifyError};
use idv_core::{IdProvider, TransportFailure};

use super::examination::Exam;
use super::mutation;
use super::subject::{ContractSubject, Lack, Signer};
use crate::replay::{Answer, Injection, ReplayTransport};

/// The vendor's own webhook is accepted, byte for byte.
pub async fn signed_webhook_is_accepted(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let webhook = exam.good_webhook();
    let verified = accepted("a signed webhook", &*exam.verifier(), &webhook).await;
    assert_eq!(verified.body(), &webhook.body, "the bytes changed");
    let receipt = verified.receipt();
    assert_eq!(receipt.received_at, webhook.received_at);
    assert!(!receipt.scheme.is_empty() && !receipt.key.is_empty());
    assert_eq!(
        receipt.strength,
        Strength::Signed {
            replay_window_secs: exam.facts.signed_time_tolerance_secs
        }
    );
    let signed_at = exam.facts.signed_time_tolerance_secs.map(|_| exam.now());
    assert_eq!(receipt.signed_at, signed_at, "the time of signing");
}

/// While a key is being changed, webhooks of both keys are accepted, and it can be told which it was.
pub async fn webhook_signed_with_the_previous_key_is_accepted(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let body = exam.fixture(exam.facts.webhook).bytes;
    let previous = exam.webhook(Signer::Previous, &body, exam.now());
    let old = accepted("the previous key", &*exam.verifier(), &previous).await;
    let new = accepted("the current key", &*exam.verifier(), &exam.good_webhook()).await;
    assert_ne!(old.receipt().key, new.receipt().key, "which key was it?");
}

/// No signature, or an empty one: refused for the missing header.
pub async fn unsigned_webhook_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let signed = exam.good_webhook();
    let bare = with_headers(&signed, HeaderMap::new());
    let refusal = refused("no signature", &*exam.verifier(), &bare).await;
    assert!(
        matches!(refusal, Refusal::MissingHeader { .. }),
        "{refusal}"
    );

    for name in signed.headers.keys() {
        for blank in ["", " "] {
            let mut headers = signed.headers.clone();
            headers.insert(name, HeaderValue::from_static(blank));
            let what = format!("a blank {name}");
            refused(&what, &*exam.verifier(), &with_headers(&signed, headers)).await;
        }
    }
}

/// A signature that differs in any one character is refused, and so is one that is none at all.
pub async fn forged_webhook_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let signed = exam.good_webhook();
    for (name, value) in &signed.headers {
        let text = value.to_str().expect("a signature is ASCII");
        let mut forgeries: Vec<String> = ["forged", "0", ",", "=", "a=b", "{}"]
            .map(str::to_owned)
            .to_vec();
        for (index, old) in text.char_indices() {
            let new = if old == '0' { '1' } else { '0' };
            let (before, after) = text.split_at(index);
            forgeries.push(format!("{before}{new}{}", &after[1..]));
        }
        for forgery in forgeries {
            let mut headers = signed.headers.clone();
            headers.insert(name, HeaderValue::from_str(&forgery).expect("ASCII"));
            let what = format!("{name}: {forgery}");
            refused(&what, &*exam.verifier(), &with_headers(&signed, headers)).await;
        }
    }
}

/// A key we do not have proves nothing.
pub async fn webhook_signed_with_a_strange_key_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let body = exam.fixture(exam.facts.webhook).bytes;
    let strange = exam.webhook(Signer::Stranger, &body, exam.now());
    let refusal = refused("a strange key", &*exam.verifier(), &strange).await;
    assert!(
        matches!(refusal, Refusal::NoMatchingKey | Refusal::UnknownKeyId),
        "{refusal}"
    );
}

/// A body that differs in any one place is refused.
pub async fn tampered_webhook_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let signed = exam.good_webhook();
    let body = &signed.body;
    let mut tampered: Vec<Vec<u8>> = Vec::new();
    for index in 0..body.len() {
        let mut changed = body.to_vec();
        changed[index] ^= 1;
        tampered.push(changed);
    }
    tampered.push([body.as_ref(), b" "].concat());
    tampered.push([b"\xef\xbb\xbf", body.as_ref()].concat());
    tampered.push(body[1..].to_vec());
    tampered.push(body[..body.len() - 1].to_vec());
    for changed in tampered {
        let webhook = InboundWebhook {
            body: Bytes::from(changed),
            ..signed.clone()
        };
        let refusal = refused("a changed body", &*exam.verifier(), &webhook).await;
        assert!(
            matches!(refusal, Refusal::NoMatchingKey | Refusal::BodyHashMismatch),
            "{refusal}"
        );
    }
}

/// The same JSON in other bytes is another body.
pub async fn reserialized_webhook_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let signed = exam.good_webhook();
    let document = mutation::document(&signed.body);
    let spellings = [document.to_string(), format!("{document:#}")];
    let others = spellings
        .into_iter()
        .filter(|spelling| spelling.as_bytes() != signed.body);
    for spelling in others {
        let webhook = InboundWebhook {
            body: Bytes::from(spelling),
            ..signed.clone()
        };
        refused("re-serialized JSON", &*exam.verifier(), &webhook).await;
    }
}

/// What was signed too long ago is refused, to the second. A vendor that signs no time has no such thing as stale.
pub async fn stale_webhook_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let body = exam.fixture(exam.facts.webhook).bytes;
    let Some(tolerance_secs) = exam.facts.signed_time_tolerance_secs else {
        return no_time_is_signed(&exam, &body).await;
    };
    let ago = |secs| exam.now().minus(Duration::from_secs(secs));
    let just = exam.webhook(Signer::Current, &body, ago(tolerance_secs));
    accepted("at the bound", &*exam.verifier(), &just).await;
    let stale = exam.webhook(Signer::Current, &body, ago(tolerance_secs + 1));
    let refusal = refused("beyond the bound", &*exam.verifier(), &stale).await;
    assert_eq!(refusal, Refusal::Stale { by_secs: 1 });
}

/// What is signed for a time to come is refused, to the second.
pub async fn webhook_from_the_future_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let body = exam.fixture(exam.facts.webhook).bytes;
    let Some(tolerance_secs) = exam.facts.signed_time_tolerance_secs else {
        return no_time_is_signed(&exam, &body).await;
    };
    let ahead = |secs| exam.now().plus(Duration::from_secs(secs));
    let just = exam.webhook(Signer::Current, &body, ahead(tolerance_secs));
    accepted("at the bound", &*exam.verifier(), &just).await;
    let future = exam.webhook(Signer::Current, &body, ahead(tolerance_secs + 1));
    let refusal = refused("beyond the bound", &*exam.verifier(), &future).await;
    assert_eq!(refusal, Refusal::FromTheFuture { by_secs: 1 });
}

/// Then the signature is the same at any time, and the receipt promises no window.
async fn no_time_is_signed(exam: &Exam<'_>, body: &[u8]) {
    let day = Duration::from_secs(86_400);
    let now = exam.webhook(Signer::Current, body, exam.now());
    for other in [exam.now().minus(day), exam.now().plus(day)] {
        let then = exam.webhook(Signer::Current, body, other);
        assert_eq!(
            now.headers, then.headers,
            "the signature has a time after all"
        );
    }
    let verified = accepted("a signature without a time", &*exam.verifier(), &now).await;
    assert_eq!(verified.receipt().signed_at, None);
}

/// An empty body is refused without a signature of its own, and means nothing with one.
pub async fn empty_webhook_is_refused_or_unreadable(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let borrowed = InboundWebhook {
        body: Bytes::new(),
        ..exam.good_webhook()
    };
    refused("an empty body", &*exam.verifier(), &borrowed).await;
    let bare = with_headers(&borrowed, HeaderMap::new());
    refused("nothing at all", &*exam.verifier(), &bare).await;

    let signed = exam.webhook(Signer::Current, b"", exam.now());
    let provider = exam.verifier();
    let verified = accepted("a signed empty body", &*provider, &signed).await;
    assert!(
        provider.interpret(&verified).is_err(),
        "nothing means something"
    );
}

/// Two signature headers would let a sender choose which one is read.
pub async fn webhook_with_two_signature_headers_is_refused(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let signed = exam.good_webhook();
    for (name, value) in &signed.headers {
        let mut headers = signed.headers.clone();
        headers.append(name, value.clone());
        let twice = with_headers(&signed, headers);
        let refusal = refused("a header twice", &*exam.verifier(), &twice).await;
        assert!(
            matches!(refusal, Refusal::MalformedHeader { .. }),
            "{refusal}"
        );
    }
}

/// A delivery that comes again, as it was, is known for the same; and so is one that is signed again, where the vendor
/// gives deliveries an id or a body of their own. Another one is not.
pub async fn redelivered_webhook_is_recognised(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.verifier();
    let webhook = exam.good_webhook();
    let first = accepted("a webhook", &*provider, &webhook).await;
    let key = &first.receipt().deduplication_key;
    exam.clock.advance(Duration::from_secs(60));
    let again = accepted("the same again", &*exam.verifier(), &webhook).await;
    assert_eq!(key, &again.receipt().deduplication_key);
    let anew = exam.good_webhook();
    let anew = accepted("the same, signed again", &*exam.verifier(), &anew).await;
    assert_eq!(
        *key == anew.receipt().deduplication_key,
        !subject.lacks().contains(&Lack::DeliveryId),
        "whether what is signed again is known"
    );

    let other = exam.fixture(exam.facts.unknown_event).bytes;
    let other = exam.webhook(Signer::Current, &other, exam.now());
    let other = accepted("another webhook", &*exam.verifier(), &other).await;
    assert_ne!(key, &other.receipt().deduplication_key);
}

/// A key that cannot be had for the moment is no forgery: the vendor is asked to come back. A vendor whose keys are
/// in the configuration is not called at all, so that its webhooks are decided while it is down.
pub async fn webhook_is_undecided_only_while_a_key_cannot_be_had(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let webhook = exam.good_webhook();
    if !exam.has_exchanges("verify") {
        let silent = ReplayTransport::silent();
        let provider = exam.provider(silent.clone());
        accepted("without a network", &*provider, &webhook).await;
        assert!(silent.asked().is_empty(), "verifying asked the network");
        return;
    }
    for injection in [
        Injection::NotSent(TransportFailure::Connect),
        Injection::AnswerLost(TransportFailure::Timeout),
        Injection::Instead(Answer::new(503, "")),
        Injection::Instead(Answer::new(429, "")),
        Injection::Instead(Answer::new(200, "<html>")),
    ] {
        let what = format!("{injection:?}");
        let replay = ReplayTransport::new(exam.exchanges("verify"));
        replay.inject(1, injection);
        let provider = exam.provider(replay);
        match provider.verify(&webhook).await {
            Err(VerifyError::Undecided(_)) => {}
            other => panic!("{what}: not undecided but {other:?}"),
        }
    }
}

pub(super) async fn accepted(
    what: &str,
    provider: &dyn IdProvider,
    webhook: &InboundWebhook,
) -> VerifiedWebhook {
    let outcome = provider.verify(webhook).await;
    outcome.unwrap_or_else(|error| panic!("{what}: {error}"))
}

pub(super) async fn refused(
    what: &str,
    provider: &dyn IdProvider,
    webhook: &InboundWebhook,
) -> Refusal {
    match provider.verify(webhook).await {
        Err(VerifyError::Refused(refusal)) => refusal,
        Err(other) => panic!("{what}: not refused but {other}"),
        Ok(_) => panic!("{what}: it was accepted"),
    }
}

fn with_headers(webhook: &InboundWebhook, headers: HeaderMap) -> InboundWebhook {
    InboundWebhook {
        headers,
        ..webhook.clone()
    }
}
