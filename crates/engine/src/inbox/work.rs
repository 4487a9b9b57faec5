//! Working on the webhooks of one session that were taken in.
//!
//! Whatever waits of a session is claimed together, and then the vendor is asked once: an answer whose question was
//! asked after the claim covers them all. What arrives later is a round of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use idv_core::{ObservationId, SessionId};

use super::BODY;
use super::ask::{Answer, is_signed};
use super::failure::Failure;
use super::read::Heard;
use crate::Engine;
use crate::account::{Account, Unmatched};
use crate::crypt::{KeyRingError, Place};
use crate::lease::Claimed;
use crate::store::{
    DeliveryRow, DeliveryState, ObservationRow, ObservationSource, OwnedUnitOfWork, Sealed,
    SessionRow, Settlement, StoreError, UnitOfWork,
};

impl Engine {
    /// Works on what waits of the session whose webhook has been due for longest. False if nothing is due.
    pub(crate) async fn work_on_deliveries(&self) -> Result<bool, StoreError> {
        let turn = self.turn_to_claim().await;
        let claimed_at = self.now();
        let lease = self.inner.settings.lease;
        let inbox = self.inner.store.inbox();
        let rows = inbox
            .claim(claimed_at, lease, &self.accounts_left_out())
            .await?;
        let Some(first) = rows.first() else {
            return Ok(false);
        };
        let _busy = self.inner.account_shares.take(&first.account);
        drop(turn);
        let ids = rows.iter().map(|row| row.id).collect();
        let work = Box::pin(self.work_on(&rows));
        let failed = self.holding(Claimed::Deliveries(ids), work).await;
        self.end_badly(claimed_at, failed).await?;
        Ok(true)
    }

    /// Returns those that could not be worked on; the others are settled.
    async fn work_on<'a>(&self, rows: &'a [DeliveryRow]) -> Vec<(&'a DeliveryRow, Failure)> {
        let mut failed = Vec::new();
        let mut by_session: BTreeMap<SessionId, Vec<Heard<'a>>> = BTreeMap::new();
        let Some(account) = rows
            .first()
            .and_then(|row| self.inner.accounts.get(&row.account))
        else {
            let reason = "its account is no longer configured".to_owned();
            let gone = Failure::Dead { reason };
            return rows.iter().map(|row| (row, gone.clone())).collect();
        };
        for row in rows {
            // What was begun that often and never came to an end kills whoever works on it.
            if row.attempts > self.inner.settings.max_attempts {
                let reason = "the work on it never came to an end".to_owned();
                failed.push((row, Failure::Dead { reason }));
                continue;
            }
            match self.read(account, row).await {
                Ok(Some((session, heard))) => by_session.entry(session).or_default().push(heard),
                Ok(None) => {}
                Err(failure) => failed.push((row, failure)),
            }
        }
        // One, unless this build reads webhooks in another way than the one that took them in.
        for (session, heard) in by_session {
            if let Err(failure) = self.work_on_session(account, &session, &heard).await {
                failed.extend(heard.iter().map(|heard| (heard.row, failure.clone())));
            }
        }
        failed
    }

    async fn work_on_session(
        &self,
        account: &Arc<Account>,
        session_id: &SessionId,
        heard: &[Heard<'_>],
    ) -> Result<(), Failure> {
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let mut answer = self.ask_vendor(account, session_id, heard).await?;
        let mut unit = self.inner.store.begin().await?;
        let hints = answer.hints(account, heard);
        let mut found = self
            .find_or_adopt(unit.as_unit_of_work(), account, session_id, hints)
            .await?;
        if found.is_some() && account.can_fetch && matches!(answer, Answer::NotAsked) {
            // It became known while we were deciding that nobody waits for the answer.
            drop(unit);
            answer = self.ask(account, session_id).await?;
            unit = self.inner.store.begin().await?;
            let hints = answer.hints(account, heard);
            found = self
                .find_or_adopt(unit.as_unit_of_work(), account, session_id, hints)
                .await?;
        }
        let Some(session) = found else {
            return Ok(self
                .set_aside_unmatched(unit, account, session_id, heard)
                .await?);
        };
        if !account.can_fetch && self.was_confirmed(unit.as_unit_of_work(), &session).await? {
            // Its state rests on the vendor's answers, so no payload can move it. Working on this would lose it.
            let reason =
                "the account has no API key any more, and this session was followed with one";
            return Err(Failure::retry(reason.to_owned()));
        }
        self.fold_in(unit, account, session, heard, &answer).await
    }

    /// Writes down what was heard and answered, folds it in, and settles it all, in one transaction.
    async fn fold_in(
        &self,
        mut unit: Box<dyn OwnedUnitOfWork>,
        account: &Account,
        mut session: SessionRow,
        heard: &[Heard<'_>],
        answer: &Answer,
    ) -> Result<(), Failure> {
        for heard in heard {
            self.record(unit.as_unit_of_work(), account, heard, &session)
                .await?;
        }
        self.record_answer(unit.as_unit_of_work(), account, answer, &session)
            .await?;
        self.refold(unit.as_unit_of_work(), account, &mut session)
            .await?;

        // Now that the subject is known, the bodies move under the subject's key. Of a person who was erased nothing
        // is kept.
        let key = self
            .key_of_subject_of(unit.as_unit_of_work(), session.request)
            .await?;
        if key.is_none() {
            self.erase_late(unit.as_unit_of_work(), &session).await?;
        }
        for heard in heard {
            let place = Place {
                column: BODY,
                row: heard.row.id.as_uuid(),
            };
            let resealed = match &key {
                Some(key) => key.seal(place, &heard.body).map_err(KeyRingError::from)?,
                None => Sealed::from_bytes(Vec::new()),
            };
            let settlement = Settlement {
                id: heard.row.id,
                state: DeliveryState::Done,
                session: session.session_id.clone(),
                resealed_body: Some(resealed),
                reason: None,
            };
            unit.settle_delivery(&settlement).await?;
        }
        unit.commit().await?;
        for heard in heard {
            tracing::info!(
                delivery = %heard.row.id, account = %account.id, session = %session.key, request = %session.request,
                status = %session.state.status, "a webhook was worked on"
            );
        }
        Ok(())
    }

    async fn was_confirmed(
        &self,
        unit: &mut dyn UnitOfWork,
        session: &SessionRow,
    ) -> Result<bool, StoreError> {
        let observations = unit.observations_of(session.key).await?;
        Ok(observations.iter().any(|o| o.source.is_confirmed()))
    }

    /// Writes down what a webhook said.
    async fn record(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        heard: &Heard<'_>,
        session: &SessionRow,
    ) -> Result<(), StoreError> {
        let Heard { row, event, .. } = heard;
        let signed = is_signed(row);
        let source = if account.can_fetch || !signed {
            ObservationSource::Notification
        } else {
            ObservationSource::Payload
        };
        let webhook = ObservationRow {
            id: ObservationId::new(self.now()),
            request: session.request,
            session: Some(session.key),
            source,
            what: event.event_type.clone(),
            observed_at: self.now(),
            as_of: row.receipt.received_at,
            delivery: Some(row.id),
            vendor_time: event.occurred_at,
            mapped: event.payload.clone().filter(|_| signed),
            actor: None,
            command: None,
            raw: None, // The body stays in the inbox, and moves under the subject's key there.
        };
        unit.append_observation(&webhook).await?;
        Ok(())
    }

    /// Writes down what the vendor answered.
    async fn record_answer(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        answer: &Answer,
        session: &SessionRow,
    ) -> Result<(), KeyRingError> {
        let (asked_at, snapshot) = match answer {
            Answer::NotAsked => return Ok(()),
            Answer::Missing { asked_at } => (*asked_at, None),
            Answer::Snapshot { asked_at, snapshot } => (*asked_at, Some(&**snapshot)),
        };
        self.append_answer(unit, account, session, asked_at, snapshot)
            .await
    }

    /// Sets aside what is about a session nobody knows. In the unit that looked for the session: a start that commits
    /// after it puts the deliveries back to work, and one that commits before it is found.
    async fn set_aside_unmatched(
        &self,
        mut unit: Box<dyn OwnedUnitOfWork>,
        account: &Account,
        session: &SessionId,
        heard: &[Heard<'_>],
    ) -> Result<(), StoreError> {
        let reason = if account.unmatched == Unmatched::Adopt {
            "the session is unknown here, and the vendor's object names no subject, or one whose open request is with another account"
        } else {
            "the session is unknown here"
        };
        for heard in heard {
            let settlement = Settlement {
                id: heard.row.id,
                state: DeliveryState::Unmatched,
                session: Some(session.clone()),
                resealed_body: None,
                reason: Some(reason.to_owned()),
            };
            unit.settle_delivery(&settlement).await?;
        }
        unit.commit().await
    }
}
