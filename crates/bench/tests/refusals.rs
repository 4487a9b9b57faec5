//! What is refused costs no memory that its sender can choose: whoever knows the address of a webhook may send as much as
//! fits, as often as they like.
#![cfg(test)]

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use idv_bench::webhook::{Delivery, Vendor, verify};
use idv_core::webhook::{InboundWebhook, Refusal, VerifyError};

/// JSON of exactly so many bytes.
fn body(len: usize) -> Bytes {
    let (open, close) = ("{\"text\":\"", "\"}");
    let text = "x".repeat(len - open.len() - close.len());
    Bytes::from([open, &text, close].concat())
}

/// What was allocated on the way to a refusal, and the refusal.
fn refused(delivery: &Delivery, webhook: &InboundWebhook) -> (AllocationInfo, Refusal) {
    let mut result = None;
    let allocated = measure(|| result = Some(verify(delivery.provider(), webhook)));
    match result {
        Some(Err(VerifyError::Refused(refusal))) => (allocated, refusal),
        other => panic!("it is not refused: {other:?}"),
    }
}

/// Asserts that a refusal of 1 KiB and one of 64 KiB allocate the same, and little. Returns the reason for both.
fn costs_the_same(vendor: Vendor, prepared: impl Fn(&Delivery) -> InboundWebhook) -> Refusal {
    let [(small, reason), (large, other_reason)] = [1_024, 65_536].map(|len| {
        let delivery = Delivery::of(vendor, body(len));
        let webhook = prepared(&delivery);
        assert_eq!(webhook.body.len(), len);
        refused(&delivery, &webhook)
    });
    assert_eq!(reason, other_reason);
    let figures = |info: AllocationInfo| (info.count_total, info.bytes_total, info.bytes_max);
    assert_eq!(figures(small), figures(large), "{vendor:?}, {reason}");
    assert!(large.bytes_total < 2_048, "{vendor:?}, {reason}: {large:?}");
    reason
}

#[test]
fn a_wrong_signature_allocates_nothing_that_grows_with_the_body() {
    for vendor in Vendor::ALL {
        let reason = costs_the_same(*vendor, Delivery::forged);
        assert_eq!(reason, Refusal::NoMatchingKey, "{vendor:?}");
    }
}

#[test]
fn another_body_than_the_signed_one_allocates_nothing_that_grows_with_it() {
    for vendor in Vendor::ALL {
        let reason = costs_the_same(*vendor, Delivery::tampered);
        let expected = match vendor {
            Vendor::Stripe | Vendor::Onfido => Refusal::NoMatchingKey,
            Vendor::Plaid => Refusal::BodyHashMismatch,
        };
        assert_eq!(reason, expected, "{vendor:?}");
    }
}

#[test]
fn a_signature_that_is_too_old_allocates_nothing_that_grows_with_the_body() {
    // Onfido signs no time.
    for vendor in [Vendor::Stripe, Vendor::Plaid] {
        let reason = costs_the_same(vendor, |delivery| {
            delivery.grow_old();
            delivery.inbound()
        });
        assert!(matches!(reason, Refusal::Stale { .. }), "{vendor:?}");
    }
}

#[test]
fn a_copy_of_the_body_would_be_seen() {
    let [small, large] = [1_024, 65_536].map(|len| {
        let body = body(len);
        measure(|| drop(body.to_vec())).bytes_total
    });
    assert_eq!((small, large), (1_024, 65_536));
}
