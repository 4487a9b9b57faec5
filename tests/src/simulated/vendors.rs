//! The three vendors, each simulated, and the provider that speaks to it.

use std::sync::Arc;

use idv_core::webhook::{KeyLabel, SigningKey};
use idv_core::{Clock, IdProvider, Secret, Transport};
use idv_onfido::{OnfidoConfig, OnfidoOptions, OnfidoProvider};
use idv_plaid::{PlaidConfig, PlaidOptions, PlaidProvider};
use idv_simulator::{Vendor, VendorKind, onfido, plaid, stripe};
use idv_stripe::{StripeConfig, StripeOptions, StripeProvider};

/// A fresh account at the vendor.
#[must_use]
pub fn account(kind: VendorKind) -> Arc<dyn Vendor> {
    match kind {
        VendorKind::Stripe => Arc::new(stripe::Account::simulated()),
        VendorKind::Onfido => Arc::new(onfido::Account::simulated()),
        VendorKind::Plaid => Arc::new(plaid::Environment::simulated()),
    }
}

/// A flow with every check: those of an e-mail address and a phone number are in no session that is made without one.
const STRIPE_FLOW: &str = "vf_document_selfie_id_number_email_phone";

/// What the gateway would build from a configuration with that account's credentials.
///
/// # Panics
/// If the provider finds something wrong with them.
#[must_use]
pub fn provider(
    kind: VendorKind,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Arc<dyn IdProvider> {
    match kind {
        VendorKind::Stripe => {
            let config = StripeConfig {
                api_key: Some(Secret::from(stripe::RESTRICTED_KEY)),
                webhook_secrets: vec![webhook_key(stripe::WEBHOOK_SECRET)],
                options: StripeOptions {
                    verification_flow: Some(STRIPE_FLOW.to_owned()),
                    sensitive_results: true,
                    ..StripeOptions::default()
                },
            };
            config.check().unwrap();
            Arc::new(StripeProvider::new(config, transport, clock))
        }
        VendorKind::Onfido => {
            let config = OnfidoConfig {
                api_key: Some(Secret::from(onfido::API_TOKEN)),
                webhook_secrets: vec![webhook_key(onfido::WEBHOOK_TOKEN)],
                options: OnfidoOptions {
                    workflow_id: Some(onfido::WORKFLOW_ID.to_owned()),
                    ..OnfidoOptions::default()
                },
            };
            config.check().unwrap();
            Arc::new(OnfidoProvider::new(config, transport, clock))
        }
        VendorKind::Plaid => {
            let config = PlaidConfig {
                api_key: Some(Secret::from(plaid::Environment::SECRET)),
                keys: Vec::new(),
                options: PlaidOptions {
                    environment: idv_plaid::Environment::Sandbox,
                    client_id: Some(plaid::Environment::CLIENT_ID.to_owned()),
                    template_id: Some(plaid::Template::FULL.to_owned()),
                    ..PlaidOptions::default()
                },
            };
            config.check().unwrap();
            Arc::new(PlaidProvider::new(config, transport, clock))
        }
    }
}

fn webhook_key(secret: &str) -> SigningKey {
    SigningKey::new(KeyLabel::new("webhook"), Secret::from(secret)).unwrap()
}
