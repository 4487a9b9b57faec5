//! Asking about one quiet session after another.

use idv_core::{SessionKey, Timestamp};
use tracing::{error_span, field};

use super::Round;
use super::limits::concerns_the_account;
use crate::command::{Asked, Why};
use crate::error::CommandError;
use crate::lease::Claimed;
use crate::measure;
use crate::store::DuePoll;
use crate::{Engine, trace};

/// What was begun this often and never came to an end may kill whoever asks. It is put off before it is begun again.
const ATTEMPTS_IN_GOOD_FAITH: u32 = 5;

impl Engine {
    /// Asks about the sessions of an account whose time has come, oldest first, as many as the round allows.
    pub(super) async fn poll_quiet_sessions(
        &self,
        round: &mut Round<'_>,
    ) -> Result<(), CommandError> {
        let polls = self.inner.store.polls();
        let lease = self.inner.settings.lease;
        while self.may_ask(round.account) && round.has_room() {
            let Some(due) = polls.claim(&round.account.id, self.now(), lease).await? else {
                break;
            };
            let work = Box::pin(self.poll(round, due));
            self.holding(Claimed::Poll(due.session), work).await?;
        }
        Ok(())
    }

    async fn poll(&self, round: &mut Round<'_>, due: DuePoll) -> Result<(), CommandError> {
        if self.is_over(due.session).await? {
            round.done.over = round.done.over.saturating_add(1);
            return Ok(());
        }
        if due.attempts > ATTEMPTS_IN_GOOD_FAITH {
            let until = self.after_failures(due);
            self.inner.store.polls().put_off(due.session, until).await?;
        }
        round.take_one();
        match self.ask_about(round, due.session).await? {
            Ok(()) => Ok(()),
            Err(rest_until) => {
                let until = rest_until.unwrap_or_else(|| self.after_failures(due));
                Ok(self.inner.store.polls().put_off(due.session, until).await?)
            }
        }
    }

    /// Asks about a session, folds the answer in, and counts what came of it. The inner error: it was not answered, and
    /// until when the whole account is left alone, if it is.
    pub(super) async fn ask_about(
        &self,
        round: &mut Round<'_>,
        session: SessionKey,
    ) -> Result<Result<(), Option<Timestamp>>, CommandError> {
        let span = error_span!(
            "poll",
            account = %round.account.id,
            %session,
            trace_id = field::Empty,
            otel.name = "ask about a session",
        );
        trace::run(span, None, self.ask_about_it(round, session)).await
    }

    async fn ask_about_it(
        &self,
        round: &mut Round<'_>,
        session: SessionKey,
    ) -> Result<Result<(), Option<Timestamp>>, CommandError> {
        let provider = &round.account.provider.info().id;
        let done = &mut *round.done;
        match self.ask_and_fold(session, Why::Quiet).await {
            Ok(Asked {
                changed, missed, ..
            }) => {
                self.has_answered(round.account);
                measure::session_polled(provider, if changed { "changed" } else { "unchanged" });
                done.polled = done.polled.saturating_add(1);
                done.changed = done.changed.saturating_add(u64::from(changed));
                done.missed = done.missed.saturating_add(u64::from(missed));
                Ok(Ok(()))
            }
            Err(CommandError::Provider(error)) => {
                done.failed = done.failed.saturating_add(1);
                measure::session_polled(provider, "failed");
                tracing::warn!(%error, "a quiet session could not be asked about");
                if concerns_the_account(&error) {
                    return Ok(Err(Some(self.let_rest(round.account, &error))));
                }
                Ok(Err(None))
            }
            Err(error) => Err(error),
        }
    }

    /// True if a session need not be asked about: its request has ended meanwhile. Then that is written down, and it is
    /// not met again. A session that has ended itself is only met if its end is in question.
    async fn is_over(&self, key: SessionKey) -> Result<bool, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let Some(mut session) = unit.session(key).await? else {
            return Ok(true);
        };
        let request = unit.request(session.request).await?;
        let somebody_waits = request.is_some_and(|row| !row.state.status.is_final());
        let is_in_question = session.state.status.is_final();
        if session.session_id.is_some() && (somebody_waits || is_in_question) {
            return Ok(false);
        }
        session.poll_at = None;
        unit.update_session(&session).await?;
        unit.commit().await?;
        Ok(true)
    }

    fn after_failures(&self, due: DuePoll) -> Timestamp {
        let spread = due.session.as_uuid().as_u64_pair().1;
        let pause = self.inner.settings.pause_after(due.attempts, spread);
        self.now().plus(pause.max(self.inner.settings.lease))
    }
}
