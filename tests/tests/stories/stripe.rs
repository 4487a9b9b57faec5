//! Stripe: a session stays the same object from try to try, and its webhooks show it.

use std::sync::Arc;

use idv_simulator::Vendor as Simulated;
use idv_simulator::stripe::{API_KEY, Account, WEBHOOK_SECRET};

use crate::table::{self, Cell, Row};
use crate::vendor::Vendor;

pub(crate) struct Stripe;

impl Vendor for Stripe {
    fn simulated(&self) -> Arc<dyn Simulated> {
        Arc::new(Account::simulated())
    }

    fn cell<'r>(&self, row: &'r Row) -> &'r Cell {
        &row.stripe
    }

    fn account(&self, api_base_url: &str) -> String {
        format!(
            "[accounts.identity]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\ncalls_per_sec = 1000\napi_key = \"{API_KEY}\"\n\
             webhook_secrets = [\"{WEBHOOK_SECRET}\"]\n[accounts.identity.options]\napi_base_url = \"{api_base_url}\"\n"
        )
    }

    fn scenes(&self, story: &'static str) -> &'static [&'static str] {
        match story {
            table::PASSES => &["verified"],
            table::EXPIRED => &["fails-document-expired"],
            table::OTHER_FACE => &["face-mismatch"],
            table::GAVE_UP => &["abandoned"],
            table::REFUSED_CONSENT => &["gives-up-consent-declined"],
            other => panic!("Stripe does not tell the story {other}"),
        }
    }

    fn scenes_of_its_own(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
}
