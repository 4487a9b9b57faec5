//! `idv inbox`: the webhooks that were taken in, and what became of them.

mod list;
mod missed;
mod requeue;
mod show;
mod which;

use clap::Subcommand;

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(super) enum Inbox {
    /// List the webhooks that were taken in, newest first
    List(list::List),
    /// Show one: how it was proven, what became of it and why
    Show(show::Show),
    /// Put one, or every one that a filter names, back to work
    Requeue(requeue::Requeue),
    /// List what webhooks had not told when the vendor was asked
    Missed(missed::Missed),
}

impl Inbox {
    pub(super) async fn run(&self) -> Outcome {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Requeue(requeue) => requeue.run().await,
            Self::Missed(missed) => missed.run().await,
        }
    }
}
