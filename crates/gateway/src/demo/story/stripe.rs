//! A document that had expired, and then another one.

use idv_simulator::VendorKind;

use super::{Act, Ending, Scene, Story};

pub(super) const fn story() -> Story {
    Story {
        vendor: VendorKind::Stripe,
        name: "Stripe",
        title: "Stripe: an expired document, then another",
        subject: "customer-4711",
        email: None,
        scenes: &[
            Scene {
                meaning: "The application asks for a verification",
                act: Act::Ask,
                until: "awaiting_user",
                reasons: &[],
            },
            Scene {
                meaning: "The person opens Stripe's page and hands in a document that has expired",
                act: Act::FillIn("fails-document-expired"),
                until: "retry_required",
                reasons: &["document_expired"],
            },
            Scene {
                meaning: "The person comes back with another document, and everything fits",
                act: Act::FillIn("verified"),
                until: "passed",
                reasons: &[],
            },
        ],
        ending: Ending {
            status: "passed",
            reasons: &[],
            step: Some(("document", "passed")),
        },
        told: &["created", "retry_required", "passed"],
    }
}
