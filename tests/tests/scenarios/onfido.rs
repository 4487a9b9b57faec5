//! Onfido.

use std::sync::Arc;

use idv_core::webhook::{KeyLabel, SigningKey};
use idv_core::{Clock, IdProvider, Secret, Transport};
use idv_onfido::{OnfidoConfig, OnfidoOptions, OnfidoProvider};
use idv_simulator::onfido::{API_TOKEN, Account, WEBHOOK_TOKEN, WORKFLOW_ID};
use idv_simulator::{Vendor, VendorKind};

use crate::column::Column;

pub(crate) const COLUMN: Column = Column {
    kind: VendorKind::Onfido,
    name: "Onfido",
    account,
    provider,
    holes: HOLES,
};

const HOLES: &[(&str, &str)] = &[];

fn account() -> Arc<dyn Vendor> {
    Arc::new(Account::simulated())
}

fn provider(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn IdProvider> {
    let key = SigningKey::new(KeyLabel::new("webhook"), Secret::from(WEBHOOK_TOKEN)).unwrap();
    let options = OnfidoOptions {
        workflow_id: Some(WORKFLOW_ID.to_owned()),
        ..OnfidoOptions::default()
    };
    let config = OnfidoConfig {
        api_key: Some(Secret::from(API_TOKEN)),
        webhook_secrets: vec![key],
        options,
    };
    config.check().unwrap();
    Arc::new(OnfidoProvider::new(config, transport, clock))
}
