//! What happens to people, and how each vendor tells it.

/// A story, and what it becomes with each vendor.
pub(crate) struct Row {
    /// Its name; the subject it happens to is called after it.
    pub(crate) story: &'static str,
    pub(crate) stripe: Cell,
    pub(crate) onfido: Cell,
    pub(crate) plaid: Cell,
}

/// What a story becomes with one vendor.
pub(crate) enum Cell {
    /// What the application reads after each of the vendor's webhooks.
    Shows(&'static [Moment]),
    /// `–`: the vendor has no word for it.
    Cannot { lacks: Lacks, because: &'static str },
}

/// The word of ours that nothing of a vendor is ever mapped to.
#[derive(Clone, Copy)]
pub(crate) enum Lacks {
    Status(&'static str),
    Reason(&'static str),
}

/// What the application reads.
#[derive(Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) status: &'static str,
    pub(crate) status_summary: &'static str,
    /// The reasons behind the status.
    pub(crate) reasons: &'static [&'static str],
    /// The reasons that stand on steps, whether or not they are behind the status.
    pub(crate) on_steps: &'static [&'static str],
}

const fn moment(
    status: &'static str,
    status_summary: &'static str,
    reasons: &'static [&'static str],
    on_steps: &'static [&'static str],
) -> Moment {
    Moment {
        status,
        status_summary,
        reasons,
        on_steps,
    }
}

const PASSED: Moment = moment("passed", "passed", &[], &[]);

pub(crate) const PASSES: &str = "passed";
pub(crate) const BLURRED: &str = "blurred-then-passed";
pub(crate) const EXPIRED: &str = "expired-document";
pub(crate) const OTHER_FACE: &str = "face-mismatch";
pub(crate) const GAVE_UP: &str = "gave-up";
pub(crate) const REVIEWED: &str = "review-then-passed";
pub(crate) const REFUSED_CONSENT: &str = "refused-consent";
pub(crate) const FRAUD: &str = "suspected-fraud";

/// The table. Where a try that failed leaves the session open, as with Stripe, the request waits for another try;
/// where it ends the session, the request has failed.
pub(crate) const TABLE: &[Row] = &[
    Row {
        story: PASSES,
        stripe: Cell::Shows(&[PASSED]),
        onfido: Cell::Shows(&[PASSED]),
        plaid: Cell::Shows(&[PASSED]),
    },
    Row {
        story: BLURRED,
        stripe: Cell::Cannot {
            lacks: Lacks::Reason("document_image_quality"),
            because: "none of its error codes is about a picture; a blurred one is document_unverified_other",
        },
        onfido: Cell::Shows(&[
            moment("awaiting_user", "started", &[], &["document_image_quality"]),
            // What failed and was replaced stays on its step.
            moment("passed", "passed", &[], &["document_image_quality"]),
        ]),
        plaid: Cell::Shows(&[
            // It shows a step once it is over, and not the tries before.
            moment("awaiting_user", "started", &[], &[]),
            // Both pictures are tries of one step, and the last one stands.
            PASSED,
        ]),
    },
    Row {
        story: EXPIRED,
        stripe: Cell::Shows(&[moment(
            "retry_required",
            "started",
            &["document_expired"],
            &["document_expired"],
        )]),
        onfido: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["document_expired"],
            &["document_expired"],
        )]),
        plaid: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["document_expired"],
            &["document_expired"],
        )]),
    },
    Row {
        story: OTHER_FACE,
        stripe: Cell::Shows(&[moment(
            "retry_required",
            "started",
            &["face_mismatch"],
            &["face_mismatch"],
        )]),
        onfido: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["face_mismatch"],
            &["face_mismatch"],
        )]),
        plaid: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["face_mismatch"],
            &["face_mismatch"],
        )]),
    },
    Row {
        story: GAVE_UP,
        // The session stays usable, so it is a try that failed and no end.
        stripe: Cell::Shows(&[moment(
            "retry_required",
            "started",
            &["user_abandoned"],
            &[],
        )]),
        onfido: Cell::Shows(&[moment("abandoned", "failed", &[], &[])]),
        plaid: Cell::Cannot {
            lacks: Lacks::Status("abandoned"),
            because: "an attempt that is left stays active until it is expired or canceled, and neither says who left",
        },
    },
    Row {
        story: REVIEWED,
        stripe: Cell::Cannot {
            lacks: Lacks::Status("in_review"),
            because: "it has no manual review: a session is processing, and then verified or open again",
        },
        onfido: Cell::Shows(&[moment("in_review", "started", &[], &[]), PASSED]),
        plaid: Cell::Shows(&[
            // Nobody is looked at there without a reason: somebody of that name is on a list.
            moment(
                "in_review",
                "started",
                &["watchlist_hit"],
                &["watchlist_hit"],
            ),
            PASSED,
        ]),
    },
    Row {
        story: REFUSED_CONSENT,
        stripe: Cell::Shows(&[moment(
            "retry_required",
            "started",
            &["consent_declined"],
            &[],
        )]),
        onfido: Cell::Cannot {
            lacks: Lacks::Reason("consent_declined"),
            because: "who refuses leaves, and the run is abandoned; only a workflow's own text could say more",
        },
        plaid: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["consent_declined"],
            &["consent_declined"],
        )]),
    },
    Row {
        story: FRAUD,
        stripe: Cell::Cannot {
            lacks: Lacks::Reason("suspected_fraud"),
            because: "its error codes tell the subject what to do better, and say nothing of suspicions",
        },
        onfido: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["suspected_fraud"],
            &["suspected_fraud"],
        )]),
        plaid: Cell::Shows(&[moment(
            "failed",
            "failed",
            &["suspected_fraud"],
            &["suspected_fraud"],
        )]),
    },
];
