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

const NO_STEP_WORD: &str = "a task has no such state: it is under way, or has produced something";
const NOBODY_NAMED: &str = "a run does not say who decided";
const NOT_TOLD: &str = "nothing in a run says whether the data of its applicant are there; the gateway's own command leads here";

const HOLES: &[(&str, &str)] = &[
    ("step:pending", "tasks that have not begun are not listed"),
    ("step:skipped", "tasks that are left out are not listed"),
    ("step:not_applicable", NO_STEP_WORD),
    ("step:expired", NO_STEP_WORD),
    ("step:errored", NO_STEP_WORD),
    ("data_state:redaction_pending", NOT_TOLD),
    ("data_state:redacted", NOT_TOLD),
    ("decision:vendor_reviewer", NOBODY_NAMED),
    ("decision:client_reviewer", NOBODY_NAMED),
];

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
