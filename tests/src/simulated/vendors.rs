//! The three vendors, each simulated, and the provider that speaks to it.

use std::sync::Arc;

use idv_core::webhook::{KeyLabel, SigningKey};
use idv_core::{Clock, IdProvider, Secret, Transport};
use idv_onfido::{OnfidoConfig, OnfidoOptions, OnfidoProvider};
use idv_plaid::{PlaidConfig, PlaidOptions, PlaidProvider};
use idv_simulator::{Vendor, VendorKind, onfido, plaid, stripe};
use idv_stripe::{StripeConfig, StripeOptions, StripeProvider};

/// A fresh account at the vendor. `seed` makes its ids.
pub(crate) fn simulated(kind: VendorKind) -> Arc<dyn Vendor> {
    match kind {
        VendorKind::Stripe => Arc::new(stripe::Account::simulated()),
        VendorKind::Onfido => Arc::new(onfido::Account::simulated()),
        VendorKind::Plaid => Arc::new(plaid::Environment::simulated()),
    }
}

/// What the gateway would build from its configuration.
pub(crate) fn provider(
    kind: VendorKind,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Arc<dyn IdProvider> {
    match kind {
        VendorKind::Stripe => {
            let config = StripeConfig {
                api_key: Some(Secret::new(stripe::API_KEY.to_owned())),
                webhook_secrets: vec![signing_key(stripe::WEBHOOK_SECRET)],
                options: StripeOptions::default(),
            };
            Arc::new(StripeProvider::new(config, transport, clock))
        }
        VendorKind::Onfido => {
            let options = OnfidoOptions {
                workflow_id: Some(onfido::WORKFLOW_ID.to_owned()),
                ..OnfidoOptions::default()
            };
            let config = OnfidoConfig {
                api_key: Some(Secret::new(onfido::API_TOKEN.to_owned())),
                webhook_secrets: vec![signing_key(onfido::WEBHOOK_TOKEN)],
                options,
            };
            Arc::new(OnfidoProvider::new(config, transport, clock))
        }
        VendorKind::Plaid => {
            let options = PlaidOptions {
                client_id: Some(plaid::Environment::CLIENT_ID.to_owned()),
                template_id: Some(plaid::Template::FULL.to_owned()),
                ..PlaidOptions::default()
            };
            let config = PlaidConfig {
                api_key: Some(Secret::new(plaid::Environment::SECRET.to_owned())),
                keys: Vec::new(),
                options,
            };
            Arc::new(PlaidProvider::new(config, transport, clock))
        }
    }
}

fn signing_key(secret: &str) -> SigningKey {
    let secret = Secret::new(secret.to_owned());
    SigningKey::new(KeyLabel::new("simulated"), secret).unwrap()
}
