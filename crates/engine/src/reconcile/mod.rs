//! The reconciler: what webhooks should have told and have not.
//!
//! A webhook can be lost on its way, and some changes have none. So a session that is open and was quiet for longer than
//! it should be is asked about, and what the vendor itself knows it could not tell us is asked for. Both end in the same
//! fold as everything else. Every process does it, in turns that the database hands out one by one: nobody leads.

mod limits;
mod missed_events;
mod misses;
mod poll;
mod position;
mod replicas;
mod schedule;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::account::Account;
use crate::error::CommandError;

pub(crate) use limits::{Reconciler, concerns_the_account};
pub(crate) use schedule::next_poll;

/// What one round has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Sessions that were asked about.
    pub polled: u64,
    /// Of those, sessions whose status had changed.
    pub changed: u64,
    /// Of those, sessions of whose change no webhook had told.
    pub missed: u64,
    /// Sessions that need not be asked about any more: they are over, or nobody waits for them.
    pub over: u64,
    /// Questions that were not answered. They are asked again later.
    pub failed: u64,
    /// Sessions that a vendor said it could not tell us about, and that were taken over.
    pub adopted: u64,
    /// Sessions that a vendor said it could not tell us about, and that nobody here knows.
    pub unknown: u64,
}

impl Engine {
    pub(crate) async fn keep_reconciling(self, shutdown: CancellationToken) {
        loop {
            // First of all the webhooks get their turn that came while nobody was here.
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.rest(self.inner.settings.reconcile_interval) => {}
            }
            match self.reconcile_until(&shutdown).await {
                Ok(done) if done != Reconciled::default() => tracing::info!(?done, "reconciled"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "a round of the reconciler was not finished"),
            }
        }
    }

    /// One round: asks about sessions that were quiet for too long, and asks vendors for what they could not tell us.
    /// Any number of processes may do so at the same time. [`Engine::run`] does so again and again.
    ///
    /// # Errors
    /// [`CommandError`] if the database fails; what vendors do not answer is counted.
    pub async fn reconcile(&self) -> Result<Reconciled, CommandError> {
        self.reconcile_until(&CancellationToken::new()).await
    }

    async fn reconcile_until(
        &self,
        shutdown: &CancellationToken,
    ) -> Result<Reconciled, CommandError> {
        let mut done = Reconciled::default();
        let accounts = self.inner.accounts.iter().filter(|one| one.can_fetch);
        for account in accounts {
            let mut round = Round {
                account,
                left: self.round_limit(account),
                done: &mut done,
                shutdown,
            };
            if self.may_ask(account) {
                self.poll_quiet_sessions(&mut round).await?;
            }
            if self.may_ask(account) {
                self.ask_for_missed_events(&mut round).await?;
            }
        }
        Ok(done)
    }
}

/// One round at one account.
struct Round<'a> {
    account: &'a Arc<Account>,
    /// How many sessions may be asked about yet.
    left: u32,
    done: &'a mut Reconciled,
    shutdown: &'a CancellationToken,
}

impl Round<'_> {
    /// False if nothing more may be asked, or the process is to end.
    fn has_room(&self) -> bool {
        self.left > 0 && !self.shutdown.is_cancelled()
    }

    /// Takes one from what is left, if anything is.
    fn take_one(&mut self) -> bool {
        let has_room = self.has_room();
        if has_room {
            self.left = self.left.saturating_sub(1);
        }
        has_room
    }
}
