//! Working on jobs: calls to the world outside that were decided in a transaction.

use std::time::Duration;

use idv_core::SessionKey;
use tracing::{error_span, field};

use crate::account_shares::was_held_back;
use crate::error::CommandError;
use crate::lease::Claimed;
use crate::measure;
use crate::observe::corrupt;
use crate::store::{JobKind, JobRow, StoreError};
use crate::{Engine, trace};

impl Engine {
    /// Works on the oldest due job. False if there was none.
    pub(crate) async fn work_on_one_job(&self) -> Result<bool, StoreError> {
        let turn = self.turn_to_claim().await;
        let jobs = self.inner.store.jobs();
        let lease = self.inner.settings.lease;
        let left_out = self.accounts_left_out();
        let Some(job) = jobs.claim(self.now(), lease, 1, &left_out).await?.pop() else {
            return Ok(false);
        };
        let account = match job.session {
            Some(session) => self.account_of_job(job.request, session).await?,
            None => None,
        };
        let _busy = account.map(|account| self.inner.account_shares.take(&account));
        drop(turn);
        let span = error_span!(
            "job",
            job = job.kind.as_word(),
            request = %job.request,
            session = job.session.map(field::display),
            trace_id = field::Empty,
            otel.name = job.kind.as_word(),
        );
        trace::run(span, None, self.work_on_claimed_job(&job)).await?;
        Ok(true)
    }

    async fn work_on_claimed_job(&self, job: &JobRow) -> Result<(), StoreError> {
        let gives_up = job.attempts > self.inner.settings.max_attempts;
        let outcome = if gives_up {
            self.give_up_job(job).await
        } else {
            let work = Box::pin(self.do_job(job));
            self.holding(Claimed::Job(job.id), work).await
        };
        let word = match (&outcome, gives_up) {
            (Ok(()), false) => "done",
            (Ok(()), true) => "gave_up",
            (Err(_), _) => "failed",
        };
        measure::job_tried(job.kind, word);
        if let Err(error) = outcome {
            self.put_off(job, gives_up, &error).await?;
        }
        Ok(())
    }

    async fn do_job(&self, job: &JobRow) -> Result<(), CommandError> {
        match job.kind {
            JobKind::Start => {
                let start = self.start(session_of(job)?, Duration::ZERO);
                start.await.map(drop)
            }
            JobKind::Cancel => self.withdraw_at_vendor(session_of(job)?).await,
            JobKind::Refresh => self.read_at_vendor(session_of(job)?).await,
            JobKind::Mail => self.send_mail(job).await,
            JobKind::Redact => self.redact(job).await,
            JobKind::Update => self.update_at_vendor(session_of(job)?).await,
        }
    }

    /// What was begun as often as a job is begun is not tried again.
    async fn give_up_job(&self, job: &JobRow) -> Result<(), CommandError> {
        tracing::error!("a job did not succeed in all the tries there are");
        match job.kind {
            JobKind::Start => self.give_up(session_of(job)?).await,
            JobKind::Redact => self.give_up_redaction(job).await,
            _ => Ok(self.inner.store.jobs().finish(job.id).await?),
        }
    }

    async fn put_off(
        &self,
        job: &JobRow,
        gave_up: bool,
        error: &CommandError,
    ) -> Result<(), StoreError> {
        let settings = &self.inner.settings;
        let pause = if gave_up {
            settings.retry_cap
        } else {
            settings.pause_after(job.attempts, job.id.0.as_u64_pair().1)
        };
        let (asked, counts) = match error {
            CommandError::Provider(error) => (error.retry_after(), !was_held_back(error)),
            _ => (None, true),
        };
        let pause = asked.map_or(pause, |asked| asked.min(settings.retry_cap).max(pause));
        tracing::warn!(attempt = job.attempts, %error, "a job failed");
        let due_at = self.now().plus(pause);
        let jobs = self.inner.store.jobs();
        jobs.give_back(job.id, due_at, &error.to_string(), counts)
            .await
    }
}

pub(crate) fn session_of(job: &JobRow) -> Result<SessionKey, StoreError> {
    job.session
        .ok_or_else(|| corrupt("a job about a session that names none"))
}
