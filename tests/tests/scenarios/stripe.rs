//! Stripe.

use std::sync::Arc;

use idv_core::webhook::{KeyLabel, SigningKey};
use idv_core::{Clock, IdProvider, Secret, Transport};
use idv_simulator::stripe::{Account, RESTRICTED_KEY, WEBHOOK_SECRET};
use idv_simulator::{Vendor, VendorKind};
use idv_stripe::{StripeConfig, StripeOptions, StripeProvider};

use crate::column::Column;

pub(crate) const COLUMN: Column = Column {
    kind: VendorKind::Stripe,
    name: "Stripe",
    account,
    provider,
    holes: HOLES,
};

/// Why a step has no other status.
const TWO_WORDS: &str =
    "a check of a report is verified or unverified, and there is no report before that";
/// Why nobody is named who decided.
const NOBODY_NAMED: &str = "nothing in a session or in a report says that a person has decided";

const HOLES: &[(&str, &str)] = &[
    ("step:pending", TWO_WORDS),
    ("step:active", TWO_WORDS),
    ("step:processing", TWO_WORDS),
    ("step:in_review", TWO_WORDS),
    ("step:done", TWO_WORDS),
    ("step:flagged", TWO_WORDS),
    ("step:skipped", TWO_WORDS),
    ("step:not_applicable", TWO_WORDS),
    ("step:expired", TWO_WORDS),
    ("step:cancelled", TWO_WORDS),
    ("step:errored", TWO_WORDS),
    ("decision:vendor_reviewer", NOBODY_NAMED),
    ("decision:client_reviewer", NOBODY_NAMED),
];

fn account() -> Arc<dyn Vendor> {
    Arc::new(Account::simulated())
}

/// A flow, for the checks of an e-mail address and a phone number are in no session made without one.
const FLOW: &str = "vf_document_selfie_id_number_email_phone";

fn provider(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn IdProvider> {
    let key = SigningKey::new(KeyLabel::new("webhook"), Secret::from(WEBHOOK_SECRET)).unwrap();
    let options = StripeOptions {
        verification_flow: Some(FLOW.to_owned()),
        sensitive_results: true,
        ..StripeOptions::default()
    };
    let config = StripeConfig {
        api_key: Some(Secret::from(RESTRICTED_KEY)),
        webhook_secrets: vec![key],
        options,
    };
    config.check().unwrap();
    Arc::new(StripeProvider::new(config, transport, clock))
}
