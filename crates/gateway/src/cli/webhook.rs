//! `idv webhook`: webhooks tried by hand.

mod diagnose;
mod given;
mod verify;

use clap::Subcommand;

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(super) enum Webhook {
    /// Say whether a webhook would be believed, and if not, why. Exit code 0 accepted, 1 refused, 2 wrong usage
    Verify(verify::Verify),
    /// Find out what happened to a webhook that is not believed, and what to do about it
    Diagnose(Box<diagnose::Diagnose>),
}

impl Webhook {
    pub(super) async fn run(&self) -> Outcome {
        match self {
            Self::Verify(verify) => verify.run().await,
            Self::Diagnose(diagnose) => diagnose.run().await,
        }
    }
}
