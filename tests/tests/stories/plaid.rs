//! Plaid: an attempt with its steps, and webhooks that only say which attempt to look at.

use std::sync::Arc;

use idv_simulator::Vendor as Simulated;
use idv_simulator::plaid::{Environment, Step, Template};

use crate::table::{self, Cell, Row};
use crate::vendor::Vendor;

pub(crate) struct Plaid;

const TEMPLATE: &str = "idvtmp_stories";
/// What the template asks for. A source of data would find that the application says little about the person.
const STEPS: [Step; 5] = [
    Step::AcceptTos,
    Step::DocumentaryVerification,
    Step::SelfieCheck,
    Step::WatchlistScreening,
    Step::RiskCheck,
];

const BLURRED: &str = r#"
vendor = "plaid"
title = "The picture of the document is blurred"
[[steps]]
do = "open"
[[steps]]
do = "refuse"
step = "documentary_verification"
[steps.found.analysis]
image_quality = "low"
"#;

const SHARP: &str = r#"
vendor = "plaid"
title = "The next picture is not"
[[steps]]
do = "walk"
[[steps]]
do = "decide"
"#;

const LOOKED_AT: &str = r#"
vendor = "plaid"
title = "Somebody of this name is on a list, and somebody is to look"
[[steps]]
do = "open"
[[steps]]
do = "walk"
to = "watchlist_screening"
[[steps]]
do = "flag"
[[steps]]
do = "walk"
[[steps]]
do = "decide"
"#;

const APPROVED: &str = r#"
vendor = "plaid"
title = "Somebody has looked, and it is somebody else"
[[steps]]
do = "review"
status = "cleared"
"#;

impl Vendor for Plaid {
    fn simulated(&self) -> Arc<dyn Simulated> {
        let template = Template::new(TEMPLATE, &STEPS);
        Arc::new(Environment::simulated().with_template(template))
    }

    fn cell<'r>(&self, row: &'r Row) -> &'r Cell {
        &row.plaid
    }

    fn account(&self, api_base_url: &str) -> String {
        let (secret, client) = (Environment::SECRET, Environment::CLIENT_ID);
        format!(
            "[accounts.identity]\nprovider = \"plaid\"\nenvironment = \"sandbox\"\ncalls_per_sec = 1000\napi_key = \"{secret}\"\n\
             [accounts.identity.options]\napi_base_url = \"{api_base_url}\"\nclient_id = \"{client}\"\n\
             template_id = \"{TEMPLATE}\"\n"
        )
    }

    fn scenes(&self, story: &'static str) -> &'static [&'static str] {
        match story {
            table::PASSES => &["passed"],
            table::BLURRED => &["blurred", "sharp"],
            table::EXPIRED => &["document-expired"],
            table::OTHER_FACE => &["selfie-mismatch"],
            table::REVIEWED => &["looked-at", "approved"],
            table::REFUSED_CONSENT => &["consent-declined"],
            table::FRAUD => &["bot"],
            other => panic!("Plaid does not tell the story {other}"),
        }
    }

    fn scenes_of_its_own(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("blurred", BLURRED),
            ("sharp", SHARP),
            ("looked-at", LOOKED_AT),
            ("approved", APPROVED),
        ]
    }
}
