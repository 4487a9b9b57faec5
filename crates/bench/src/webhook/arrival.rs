//! What the gateway does with a webhook that arrives.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use idv_core::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use idv_core::{IdProvider, WebhookEvent};

/// Verifies it, then says what it means.
///
/// # Panics
/// If it is not believed or not understood.
#[must_use]
pub fn verify_and_interpret(provider: &dyn IdProvider, webhook: &InboundWebhook) -> WebhookEvent {
    let verified = verify(provider, webhook).expect("it is signed");
    provider.interpret(&verified).expect("it is understood")
}

/// Verifies it.
///
/// # Errors
/// As [`IdProvider::verify`].
///
/// # Panics
/// If it would have to wait: every key is at hand here.
pub fn verify(
    provider: &dyn IdProvider,
    webhook: &InboundWebhook,
) -> Result<VerifiedWebhook, VerifyError> {
    let mut verifying = pin!(provider.verify(webhook));
    let mut context = Context::from_waker(Waker::noop());
    match verifying.as_mut().poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a key is fetched where every key is at hand"),
    }
}

#[cfg(test)]
mod tests {
    use idv_core::Concern;

    use super::*;
    use crate::webhook::{Delivery, Size, Vendor};

    #[test]
    fn every_delivery_is_believed_and_understood() {
        for vendor in Vendor::ALL {
            for size in Size::ALL {
                let delivery = Delivery::new(*vendor, *size);
                let event = verify_and_interpret(delivery.provider(), &delivery.inbound());
                let is_about_a_session = matches!(event.concern, Concern::Session(_));
                // Onfido's smallest are about classic checks, which form no session.
                let expected = (*vendor, *size) != (Vendor::Onfido, Size::Small);
                assert_eq!(is_about_a_session, expected, "{delivery:?}");
            }
        }
    }

    #[test]
    fn forged_and_old_ones_are_not_believed() {
        for vendor in Vendor::ALL {
            let delivery = Delivery::new(*vendor, Size::Usual);
            assert!(verify(delivery.provider(), &delivery.forged()).is_err());
            delivery.grow_old();
            let refused = verify(delivery.provider(), &delivery.inbound()).is_err();
            // Onfido signs no time.
            assert_eq!(refused, *vendor != Vendor::Onfido);
        }
    }
}
