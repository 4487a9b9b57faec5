//! Plaid.

use std::sync::Arc;

use idv_core::{Clock, IdProvider, Secret, Transport};
use idv_plaid::{Environment, PlaidConfig, PlaidOptions, PlaidProvider};
use idv_simulator::plaid::{Environment as Simulated, Template};
use idv_simulator::{Vendor, VendorKind};

use crate::column::Column;

pub(crate) const COLUMN: Column = Column {
    kind: VendorKind::Plaid,
    name: "Plaid",
    account,
    provider,
    holes: HOLES,
};

const HOLES: &[(&str, &str)] = &[
    ("step:processing", NO_WORD),
    ("step:done", NO_WORD),
    ("step:flagged", NO_WORD),
    ("step:errored", NO_WORD),
    (
        "data_state:redaction_pending",
        "the vendor tells of erasure when it is done",
    ),
    (
        "decision:client_reviewer",
        "whoever decides in the vendor's dashboard decides through the vendor",
    ),
];

const NO_WORD: &str = "none of the eleven words for a step means it";

fn account() -> Arc<dyn Vendor> {
    Arc::new(Simulated::simulated())
}

fn provider(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn IdProvider> {
    let options = PlaidOptions {
        environment: Environment::Sandbox,
        client_id: Some(Simulated::CLIENT_ID.to_owned()),
        template_id: Some(Template::FULL.to_owned()),
        ..PlaidOptions::default()
    };
    let config = PlaidConfig {
        api_key: Some(Secret::from(Simulated::SECRET)),
        keys: Vec::new(),
        options,
    };
    config.check().unwrap();
    Arc::new(PlaidProvider::new(config, transport, clock))
}
