//! `idv endpoint`: where the application wants to be told what happens.

mod create;
mod delete;
mod deliveries;
mod input;
mod list;
mod replay;
mod resend;
mod rotate_secret;
mod show;
mod test;
mod update;

use clap::Subcommand;

use super::Outcome;

pub(super) use input::read_kind;

#[derive(Debug, Subcommand)]
pub(super) enum Endpoint {
    /// Make an endpoint, and show its signing secret, this once
    Create(create::Create),
    /// List the endpoints, oldest first
    List(list::List),
    /// Show one, and how it is doing
    Show(show::Show),
    /// Change one, switch it off or on again
    Update(update::Update),
    /// Replace the signing secret of one; the earlier ones sign too for a while
    RotateSecret(rotate_secret::RotateSecret),
    /// Send one an event that is about nothing
    Test(test::Test),
    /// Remove one, with what waits to be sent to it
    Delete(delete::Delete),
    /// List what was sent to one, or show one event with every attempt
    Deliveries(deliveries::Deliveries),
    /// Send one event again
    Resend(resend::Resend),
    /// Send again what happened after a place in the feed
    Replay(replay::Replay),
}

impl Endpoint {
    pub(super) async fn run(&self) -> Outcome {
        match self {
            Self::Create(create) => create.run().await,
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Update(update) => update.run().await,
            Self::RotateSecret(rotate) => rotate.run().await,
            Self::Test(test) => test.run().await,
            Self::Delete(delete) => delete.run().await,
            Self::Deliveries(deliveries) => deliveries.run().await,
            Self::Resend(resend) => resend.run().await,
            Self::Replay(replay) => replay.run().await,
        }
    }
}
