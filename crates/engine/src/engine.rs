//! The engine itself: what the commands, the queries and the workers share.

use std::sync::Arc;

use idv_core::{AccountId, Clock, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::account::Accounts;
use crate::account_shares::AccountShares;
use crate::crypt::{DataKey, KeyRing, KeyRingError, MasterKeys, Rewrapped, Rotated};
use crate::error::OpenError;
use crate::events::Outward;
use crate::inbox::InboxWriter;
use crate::mail::Mailer;
use crate::session_locks::SessionLocks;
use crate::settings::EngineSettings;
use crate::store::{KeyOwner, Store, StoreError, UnitOfWork};

/// The engine. Cloning it is cheap; all clones are the same engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    /// Tells this engine from every other one over the same database.
    pub(crate) holder: Uuid,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) accounts: Accounts,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: EngineSettings,
    pub(crate) inbox_writer: InboxWriter,
    pub(crate) session_locks: SessionLocks,
    pub(crate) account_shares: AccountShares,
    /// Sends mails, where the embedder has given something that does.
    pub(crate) mailer: std::sync::OnceLock<Arc<dyn Mailer>>,
    /// Wakes an idle worker: there is something new.
    pub(crate) work_arrived: tokio::sync::Notify,
    /// The way of events out.
    pub(crate) outward: Outward,
}

impl Engine {
    /// True if a master key has been used with this database. Then a new one must not be made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_initialised(store: &dyn Store) -> Result<bool, StoreError> {
        KeyRing::is_initialised(store).await
    }

    /// Opens the engine. Nothing is worked on before [`Engine::run`] or [`Engine::settle`].
    ///
    /// # Errors
    /// [`KeyRingError::WrongMasterKey`] if the database was written with another master key,
    /// [`KeyRingError::MissingMasterKeys`] if some of its data keys were; nothing is written then.
    pub async fn open(
        store: Arc<dyn Store>,
        accounts: Accounts,
        master: impl Into<MasterKeys>,
        clock: Arc<dyn Clock>,
        settings: EngineSettings,
    ) -> Result<Self, OpenError> {
        let keys = KeyRing::open(&*store, master).await?;
        let inbox_writer = InboxWriter::spawn(
            Arc::clone(&store),
            settings.inbox_queue,
            settings.inbox_batch,
        );
        let inner = Inner {
            holder: Uuid::new_v4(),
            store,
            accounts,
            keys,
            clock,
            settings,
            inbox_writer,
            session_locks: SessionLocks::default(),
            account_shares: AccountShares::default(),
            mailer: std::sync::OnceLock::new(),
            work_arrived: tokio::sync::Notify::new(),
            outward: Outward::default(),
        };
        let engine = Self {
            inner: Arc::new(inner),
        };
        // Every account's key exists before the first webhook, so that taking one in needs no transaction.
        for account in engine.inner.accounts.iter() {
            engine.account_key(&account.id).await?;
        }
        Ok(engine)
    }

    /// Wraps every key with the current master key: [`KeyRing::rotate`].
    ///
    /// # Errors
    /// [`KeyRingError`]; running it again does the rest.
    pub async fn rotate_master(
        &self,
        progress: impl FnMut(Rewrapped) + Send,
    ) -> Result<Rotated, KeyRingError> {
        self.inner.keys.rotate(self.store(), progress).await
    }

    /// Sends mails with this. The first one counts.
    #[must_use]
    pub fn with_mailer(self, mailer: Arc<dyn Mailer>) -> Self {
        let _ = self.inner.mailer.set(mailer);
        self
    }

    /// Works until `shutdown`, then finishes what is under way and returns.
    pub async fn run(self, shutdown: CancellationToken) {
        let workers: Vec<_> = (0..self.inner.settings.workers.max(1))
            .map(|_| tokio::spawn(self.clone().keep_working(shutdown.clone())))
            .chain([
                tokio::spawn(self.clone().keep_sweeping(shutdown.clone())),
                tokio::spawn(self.clone().keep_placing(shutdown.clone())),
                tokio::spawn(self.clone().keep_delivering(shutdown.clone())),
            ])
            .collect();
        for worker in workers {
            if worker.await.is_err() {
                tracing::error!("a worker ended by a panic");
            }
        }
    }

    /// A worker that outlives what it chokes on. The delivery or job comes back when its lease ends; each time
    /// counts as a try, so it ends up before the operator and not in a loop.
    async fn keep_working(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let work = tokio::spawn(self.clone().work_until(shutdown.clone()));
            if work.await.is_err() {
                tracing::error!("a worker was stopped by a panic and starts anew");
            }
        }
    }

    async fn work_until(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let busy = self.work_once().await;
            if !busy {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = self.inner.work_arrived.notified() => {}
                    () = self.idle() => {}
                }
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an idle worker waits in real time; what is due is decided by the clock"
    )]
    pub(crate) async fn idle(&self) {
        tokio::time::sleep(self.inner.settings.poll_interval).await;
    }

    /// Works on one due job, or on what waits of one session. False if nothing is due.
    pub(crate) async fn work_once(&self) -> bool {
        self.wake_what_waited_for_vendors().await;
        // A start that a person waits for goes first.
        match self.work_on_one_job().await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "jobs could not be read"),
        }
        match self.work_on_deliveries().await {
            Ok(worked) => worked,
            Err(error) => {
                tracing::error!(%error, "the inbox could not be read");
                false
            }
        }
    }

    /// Works on everything that is due now, delivers every event that is due, and returns. For tests, and for tools that
    /// do one thing and end.
    pub async fn settle(&self) {
        while self.work_once().await || self.deliver_once().await {}
    }

    /// The accounts.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The key under which an account's deliveries wait for their subject.
    pub(crate) async fn account_key(
        &self,
        account: &AccountId,
    ) -> Result<Arc<DataKey>, KeyRingError> {
        if let Some(key) = self.inner.keys.account_key_at_hand(account) {
            return Ok(key);
        }
        let mut unit = self.inner.store.begin().await?;
        let key = self
            .key_of(unit.as_unit_of_work(), &KeyOwner::Account(account.clone()))
            .await?;
        unit.commit().await?;
        self.inner.keys.keep_account_key(account, &key);
        Ok(key)
    }

    pub(crate) async fn key_of(
        &self,
        unit: &mut dyn UnitOfWork,
        owner: &KeyOwner,
    ) -> Result<Arc<DataKey>, KeyRingError> {
        self.inner.keys.key_of(unit, owner, self.now()).await
    }
}
