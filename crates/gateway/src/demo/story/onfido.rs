//! A case that machines do not decide: somebody of the application's own staff does.

use idv_simulator::VendorKind;

use super::{Act, Ending, Scene, Story};

pub(super) const fn story() -> Story {
    Story {
        vendor: VendorKind::Onfido,
        name: "Onfido",
        title: "Onfido: a review, decided by a person",
        subject: "customer-4712",
        email: None,
        scenes: &[
            Scene {
                meaning: "The application asks for a verification",
                act: Act::Ask,
                until: "awaiting_user",
                reasons: &[],
            },
            Scene {
                meaning: "The person hands in a document and a selfie, and the workflow wants somebody to look",
                act: Act::FillIn("sandbox-consider"),
                until: "in_review",
                reasons: &[],
            },
            Scene {
                meaning: "staff-7 has looked, and decides through the gateway",
                act: Act::Resolve {
                    staff: "staff-7",
                    outcome: "passed",
                    comment: "The same face, ten years younger",
                },
                until: "passed",
                reasons: &[],
            },
        ],
        ending: Ending {
            status: "passed",
            reasons: &[],
            // Steps inform; they never decide.
            step: Some(("selfie", "flagged")),
        },
        told: &["created", "in_review", "passed"],
    }
}
