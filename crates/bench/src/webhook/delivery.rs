//! A webhook as the vendor sends it, and an account that takes it in.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey};
use idv_core::{IdProvider, Secret, Timestamp};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_plaid::{Jwk, PlaidConfig, PlaidProvider};
use idv_simulator::plaid::WebhookKey;
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use serde_json::Value;

use super::bodies::{self, Size};

/// Whose webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Vendor {
    /// Stripe Identity.
    Stripe,
    /// Onfido Studio.
    Onfido,
    /// Plaid Identity Verification.
    Plaid,
}

impl Vendor {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Stripe, Self::Onfido, Self::Plaid];

    /// The short name, as in an account's settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Onfido => "onfido",
            Self::Plaid => "plaid",
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::Stripe => "stripe-signature",
            Self::Onfido => "x-sha2-signature",
            Self::Plaid => "plaid-verification",
        }
    }
}

/// What Stripe and Onfido sign with.
pub const SECRET: &str = "whsec_measured0123456789measured";

/// A webhook, signed, with an account of a receiver that believes it. The time stands still.
pub struct Delivery {
    /// Whose.
    pub vendor: Vendor,
    /// The exact bytes.
    pub body: Bytes,
    /// The value of the header with the signature.
    pub signature: String,
    /// The key that the signature can be checked with; only Plaid's.
    pub public_key: Option<Value>,
    /// When it was signed, and when it arrives.
    pub signed_at: Timestamp,
    provider: Arc<dyn IdProvider>,
    clock: Arc<ManualClock>,
}

impl Delivery {
    /// Signs one of this size.
    #[must_use]
    pub fn new(vendor: Vendor, size: Size) -> Self {
        Self::of(vendor, bodies::of(vendor, size))
    }

    /// A usual one whose every byte is the same each time, the signature's too.
    #[must_use]
    pub fn unchanging(vendor: Vendor) -> Self {
        // Plaid's signatures hold a random number, and to find one takes another number of instructions each time.
        let signed = (vendor == Vendor::Plaid).then(|| bodies::PLAID_TOKEN.trim_end().to_owned());
        Self::signed(vendor, bodies::of(vendor, Size::Usual), signed)
    }

    /// Signs any bytes.
    ///
    /// # Panics
    /// If the system gives no random numbers.
    #[must_use]
    pub fn of(vendor: Vendor, body: Bytes) -> Self {
        Self::signed(vendor, body, None)
    }

    fn signed(vendor: Vendor, body: Bytes, token: Option<String>) -> Self {
        let signed_at = ManualClock::NOON;
        let clock = ManualClock::noon();
        let at = signed_at.as_unix_secs();
        let keys = || {
            let label = KeyLabel::new("measured");
            vec![SigningKey::new(label, Secret::from(SECRET)).expect("it is not blank")]
        };
        let (signature, public_key, provider): (_, _, Arc<dyn IdProvider>) = match vendor {
            Vendor::Stripe => {
                let config = StripeConfig {
                    webhook_secrets: keys(),
                    ..StripeConfig::default()
                };
                let signature = idv_simulator::stripe::sign(SECRET, &body, at);
                let provider = StripeProvider::receiver(config, clock.clone());
                (signature, None, Arc::new(provider))
            }
            Vendor::Onfido => {
                let config = OnfidoConfig {
                    webhook_secrets: keys(),
                    ..OnfidoConfig::default()
                };
                let signature = idv_simulator::onfido::sign(SECRET, &body);
                let provider = OnfidoProvider::receiver(config, clock.clone());
                (signature, None, Arc::new(provider))
            }
            Vendor::Plaid => {
                let key = WebhookKey::of_secret("0d3c8a54-measured", &[7; 32], at);
                let key = key.expect("the number is one of the curve's");
                let public_key = key.jwk();
                let config = PlaidConfig {
                    keys: Jwk::read_all(public_key.to_string().as_bytes()).expect("a key"),
                    ..PlaidConfig::default()
                };
                let sign = || key.sign(&body, at).expect("there are random numbers");
                let signature = token.unwrap_or_else(sign);
                let provider = PlaidProvider::receiver(config, clock.clone());
                (signature, Some(public_key), Arc::new(provider))
            }
        };
        Self {
            vendor,
            body,
            signature,
            public_key,
            signed_at,
            provider,
            clock,
        }
    }

    /// Who takes it in.
    #[must_use]
    pub fn provider(&self) -> &dyn IdProvider {
        &*self.provider
    }

    /// As it comes off the wire, with headers as there are on the way.
    ///
    /// # Panics
    /// Never: a signature is made of characters that a header may have.
    #[must_use]
    pub fn inbound(&self) -> InboundWebhook {
        let mut headers = HeaderMap::new();
        let others = [
            ("content-type", "application/json; charset=utf-8"),
            (
                "user-agent",
                "Vendor/1.0 (+https://vendor.example/docs/webhooks)",
            ),
            ("accept", "*/*; q=0.5, application/xml"),
            ("host", "verify.example.com"),
        ];
        let own = [(self.vendor.header(), self.signature.as_str())];
        for (name, value) in others.into_iter().chain(own) {
            let value = HeaderValue::from_str(value).expect("printable");
            headers.insert(HeaderName::from_static(name), value);
        }
        InboundWebhook::new(headers, self.body.clone(), self.signed_at)
    }

    /// The same with a signature that somebody else made, as well formed as the right one.
    ///
    /// # Panics
    /// If the signature does not end in a signature.
    #[must_use]
    pub fn forged(&self) -> InboundWebhook {
        // Not at the very end: there base64 has bits that count for nothing.
        let at = self.signature.len() - 8;
        let other = if &self.signature[at..=at] == "a" {
            "b"
        } else {
            "a"
        };
        let mut forged = self.inbound();
        let signature = [&self.signature[..at], other, &self.signature[at + 1..]].concat();
        let value = HeaderValue::from_str(&signature).expect("printable");
        forged.headers.insert(self.vendor.header(), value);
        forged
    }

    /// The same with another body of the same length.
    #[must_use]
    pub fn tampered(&self) -> InboundWebhook {
        let mut tampered = self.inbound();
        let mut body = self.body.to_vec();
        body.reverse();
        tampered.body = body.into();
        tampered
    }

    /// Lets time pass until the signature is too old.
    pub fn grow_old(&self) {
        self.clock.advance(std::time::Duration::from_secs(86_400));
    }
}

/// Shows no signature.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("vendor", &self.vendor)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::verify;

    #[test]
    fn what_is_signed_beforehand_is_believed() {
        let delivery = Delivery::unchanging(Vendor::Plaid);
        let fresh = Delivery::new(Vendor::Plaid, Size::Usual);
        assert_ne!(delivery.signature, fresh.signature);
        verify(delivery.provider(), &delivery.inbound()).unwrap();
    }
}
