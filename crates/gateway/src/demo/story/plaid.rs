//! A failure that the vendor's customer takes back in the dashboard, after the application has heard of it.

use idv_simulator::VendorKind;

use super::{Act, Ending, Scene, Story};

/// Staff approve what the machines did not.
pub(super) const APPROVED: &str = "approved-by-staff";

pub(super) const fn story() -> Story {
    Story {
        vendor: VendorKind::Plaid,
        name: "Plaid",
        title: "Plaid: failed, and overridden late",
        subject: "customer-4713",
        // Nobody opens a page: the address chooses what happens.
        email: Some("ada+document-expired@example.com"),
        scenes: &[
            Scene {
                meaning: "The application asks for ada+document-expired@example.com: the address chooses what happens",
                act: Act::Ask,
                until: "failed",
                reasons: &["document_expired"],
            },
            Scene {
                meaning: "Later, somebody looks at the document in Plaid's dashboard, and approves it",
                act: Act::AtTheVendor(APPROVED),
                until: "passed",
                reasons: &[],
            },
        ],
        ending: Ending {
            status: "passed",
            reasons: &[],
            step: Some(("document", "passed")),
        },
        told: &["created", "failed", "passed"],
    }
}
