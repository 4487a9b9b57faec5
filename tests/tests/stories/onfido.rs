//! Onfido: an applicant and a workflow run, and tasks that say why it ended as it did.

use std::sync::Arc;

use idv_simulator::Vendor as Simulated;
use idv_simulator::onfido::{API_TOKEN, Account, WEBHOOK_TOKEN, WORKFLOW_ID};

use crate::table::{self, Cell, Row};
use crate::vendor::Vendor;

pub(crate) struct Onfido;

const BLURRED: &str = r#"
vendor = "onfido"
title = "The photo is blurred, and the workflow leads back to it"
[[steps]]
do = "submit"
[[steps]]
do = "complete_task"
definition = "document_check"
sub_result = "rejected"
flags = ["image_integrity/image_quality/blurred_photo"]
[[steps]]
do = "start_task"
definition = "upload_document_photo"
"#;

const SHARP: &str = r#"
vendor = "onfido"
title = "The next photo is not"
[[steps]]
do = "complete_task"
definition = "upload_document_photo"
[[steps]]
do = "complete_task"
definition = "document_check"
[[steps]]
do = "complete_task"
definition = "face_check"
[[steps]]
do = "approve"
"#;

const LOOKED_AT: &str = r#"
vendor = "onfido"
title = "Everything is clear, and somebody is to look"
[[steps]]
do = "submit"
[[steps]]
do = "run_checks"
[[steps]]
do = "review"
"#;

const APPROVED: &str = r#"
vendor = "onfido"
title = "Somebody has looked"
[[steps]]
do = "decide_review"
verdict = "approved"
"#;

impl Vendor for Onfido {
    fn simulated(&self) -> Arc<dyn Simulated> {
        Arc::new(Account::simulated())
    }

    fn cell<'r>(&self, row: &'r Row) -> &'r Cell {
        &row.onfido
    }

    fn account(&self, api_base_url: &str) -> String {
        format!(
            "[accounts.identity]\nprovider = \"onfido\"\nenvironment = \"sandbox\"\ncalls_per_sec = 1000\napi_key = \"{API_TOKEN}\"\n\
             webhook_secrets = [\"{WEBHOOK_TOKEN}\"]\n[accounts.identity.options]\napi_base_url = \"{api_base_url}\"\n\
             workflow_id = \"{WORKFLOW_ID}\"\n"
        )
    }

    fn scenes(&self, story: &'static str) -> &'static [&'static str] {
        match story {
            table::PASSES => &["passed"],
            table::BLURRED => &["blurred", "sharp"],
            table::EXPIRED => &["document-expired"],
            table::OTHER_FACE => &["face-mismatch"],
            table::GAVE_UP => &["abandoned"],
            table::REVIEWED => &["looked-at", "approved"],
            table::FRAUD => &["document-police-record"],
            other => panic!("Onfido does not tell the story {other}"),
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
