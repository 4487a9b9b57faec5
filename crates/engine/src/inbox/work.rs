//! Working on a webhook that was taken in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use idv_core::webhook::VerifiedWebhook;
use idv_core::{Concern, ObservationId, SessionId, WebhookEvent};

use tracing::{Span, error_span, field};

use super::BODY;
use super::ask::{Answer, is_signed};
use crate::account::{Account, Environment, Unmatched};
use crate::crypt::{KeyRingError, Place};
use crate::lease::Claimed;
use crate::measure::{self, Worked};
use crate::store::{
    DeliveryRow, DeliveryState, ObservationRow, ObservationSource, Sealed, SessionRow, Settlement,
    StoreError, UnitOfWork,
};
use crate::{Engine, trace};

/// Why a delivery could not be worked on.
pub(super) enum Failure {
    /// It may work later.
    Retry {
        reason: String,
        after: Option<Duration>,
    },
    /// It never will; an operator must look.
    Dead { reason: String },
}

impl From<KeyRingError> for Failure {
    fn from(error: KeyRingError) -> Self {
        match error {
            KeyRingError::Store(error) => Self::Retry {
                reason: error.to_string(),
                after: None,
            },
            // This process lacks a master key that others have: they may do the work, or it may be given the key.
            error @ KeyRingError::MissingMasterKeys { .. } => Self::Retry {
                reason: error.to_string(),
                after: None,
            },
            _ => Self::Dead {
                reason: "its stored data could not be decrypted".to_owned(),
            },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Retry {
            reason: error.to_string(),
            after: None,
        }
    }
}

impl Engine {
    /// Works on the oldest due delivery. False if there was none.
    pub(crate) async fn work_on_one_delivery(&self) -> Result<bool, StoreError> {
        let inbox = self.inner.store.inbox();
        let Some(row) = inbox
            .claim(self.now(), self.inner.settings.lease, 1)
            .await?
            .pop()
        else {
            return Ok(false);
        };
        let span = error_span!(
            "webhook",
            delivery = %row.id,
            account = %row.account,
            session = field::Empty,
            request = field::Empty,
            trace_id = field::Empty,
            otel.name = "work on a webhook",
            otel.kind = "consumer",
        );
        trace::run(span, None, self.work_on_claimed(&row)).await?;
        Ok(true)
    }

    async fn work_on_claimed(&self, row: &DeliveryRow) -> Result<(), StoreError> {
        let inbox = self.inner.store.inbox();
        // What was begun that often and never came to an end kills whoever works on it.
        let outcome = if row.attempts > self.inner.settings.max_attempts {
            Err(Failure::Dead {
                reason: "the work on it never came to an end".to_owned(),
            })
        } else {
            self.holding(Claimed::Delivery(row.id), self.work_on(row))
                .await
        };
        let account = self.inner.accounts.get(&row.account);
        let provider = account.map(|account| account.provider.info().id.to_string());
        match outcome {
            Ok(state) => measure::webhook_worked(provider, Worked::As(state.as_word())),
            Err(Failure::Retry { reason, after })
                if row.attempts < self.inner.settings.max_attempts =>
            {
                let spread = row.id.as_uuid().as_u64_pair().1;
                let pause = self.inner.settings.pause_after(row.attempts, spread);
                // However long a vendor asks us to wait, what was acknowledged is not put off for ever.
                let longest = self.inner.settings.retry_cap;
                let pause = after.map_or(pause, |asked| asked.min(longest).max(pause));
                tracing::warn!(
                    attempt = row.attempts,
                    reason,
                    "a webhook will be tried again"
                );
                measure::webhook_worked(provider, Worked::Again);
                inbox
                    .give_back(row.id, self.now().plus(pause), &reason)
                    .await?;
            }
            Err(Failure::Retry { reason, .. } | Failure::Dead { reason }) => {
                tracing::warn!(attempt = row.attempts, reason, "a webhook was given up");
                let session = self.session_named_by(row).await;
                self.settle_alone(row, DeliveryState::Dead, session, reason)
                    .await?;
                let dead = Worked::As(DeliveryState::Dead.as_word());
                measure::webhook_worked(provider, dead);
            }
        }
        Ok(())
    }

    /// The state it has come to.
    async fn work_on(&self, row: &DeliveryRow) -> Result<DeliveryState, Failure> {
        let Some(account) = self.inner.accounts.get(&row.account) else {
            return Err(Failure::Dead {
                reason: "its account is no longer configured".to_owned(),
            });
        };
        let place = Place {
            column: BODY,
            row: row.id.as_uuid(),
        };
        if row.body.as_bytes().is_empty() {
            self.settle_emptied(row).await?;
            return Ok(DeliveryState::Done);
        }
        let opened = self
            .inner
            .keys
            .open_value(self.store(), place, &row.body)
            .await;
        let body = match opened {
            Err(KeyRingError::WrongMasterKey) if self.is_about_erased(row).await? => {
                self.settle_emptied(row).await?;
                return Ok(DeliveryState::Done);
            }
            opened => opened?,
        };
        let webhook = VerifiedWebhook::restored_from_inbox(Bytes::from(body), row.receipt.clone());
        let event = account
            .provider
            .interpret(&webhook)
            .map_err(|unreadable| Failure::Dead {
                reason: format!("genuine, but unreadable: {unreadable}"),
            })?;
        if let Some(live) = event.live
            && live != (account.environment == Environment::Live)
        {
            let reason = "it comes from the vendor's other environment (live or sandbox) than this account's";
            return Err(Failure::Dead {
                reason: reason.to_owned(),
            });
        }
        match &event.concern {
            Concern::Session(session) => {
                self.work_on_session(account, row, session, &event, webhook.body())
                    .await
            }
            Concern::Nothing { reason } => {
                let reason = (*reason).to_owned();
                self.settle_alone(row, DeliveryState::Ignored, None, reason)
                    .await?;
                Ok(DeliveryState::Ignored)
            }
            _ => Err(Failure::Dead {
                reason: "it concerns something this version does not know".to_owned(),
            }),
        }
    }

    async fn work_on_session(
        &self,
        account: &Arc<Account>,
        row: &DeliveryRow,
        session_id: &SessionId,
        event: &WebhookEvent,
        body: &Bytes,
    ) -> Result<DeliveryState, Failure> {
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let mut answer = self.ask_vendor(account, session_id, event).await?;
        let mut unit = self.inner.store.begin().await?;
        let hints = answer.hints(account, row, event);
        let mut found = self
            .find_or_adopt(unit.as_unit_of_work(), account, session_id, hints)
            .await?;
        if found.is_some() && account.can_fetch && matches!(answer, Answer::NotAsked) {
            // It became known while we were deciding that nobody waits for the answer.
            drop(unit);
            answer = self.ask(account, session_id).await?;
            unit = self.inner.store.begin().await?;
            let hints = answer.hints(account, row, event);
            found = self
                .find_or_adopt(unit.as_unit_of_work(), account, session_id, hints)
                .await?;
        }
        let Some(mut session) = found else {
            let reason = if account.unmatched == Unmatched::Adopt {
                "the session is unknown here, and the vendor's object names no subject, or one whose open request is with another account"
            } else {
                "the session is unknown here"
            };
            // In the unit that looked for the session: a start that commits after it puts the delivery back to
            // work, and one that commits before it is found.
            let settlement = Settlement {
                id: row.id,
                state: DeliveryState::Unmatched,
                session: Some(session_id.clone()),
                resealed_body: None,
                reason: Some(reason.to_owned()),
            };
            unit.settle_delivery(&settlement).await?;
            unit.commit().await?;
            return Ok(DeliveryState::Unmatched);
        };
        let span = Span::current();
        span.record("session", field::display(session.key));
        span.record("request", field::display(session.request));
        if !account.can_fetch && self.was_confirmed(unit.as_unit_of_work(), &session).await? {
            // Its state rests on the vendor's answers, so no payload can move it. Working on this would lose it.
            let reason =
                "the account has no API key any more, and this session was followed with one";
            return Err(Failure::Retry {
                reason: reason.to_owned(),
                after: None,
            });
        }
        self.record(
            unit.as_unit_of_work(),
            account,
            row,
            event,
            &answer,
            &session,
        )
        .await?;
        self.refold(unit.as_unit_of_work(), account, &mut session)
            .await?;

        // Now that the subject is known, the body moves under the subject's key. Of a person who was erased nothing is
        // kept.
        let key = self
            .key_of_subject_of(unit.as_unit_of_work(), session.request)
            .await?;
        let place = Place {
            column: BODY,
            row: row.id.as_uuid(),
        };
        let resealed = match key {
            Some(key) => key.seal(place, body).map_err(KeyRingError::from)?,
            None => {
                self.erase_late(unit.as_unit_of_work(), &session).await?;
                Sealed::from_bytes(Vec::new())
            }
        };
        let settlement = Settlement {
            id: row.id,
            state: DeliveryState::Done,
            session: Some(session_id.clone()),
            resealed_body: Some(resealed),
            reason: None,
        };
        unit.settle_delivery(&settlement).await?;
        unit.commit().await?;
        tracing::info!(status = %session.state.status, "a webhook was worked on");
        Ok(DeliveryState::Done)
    }

    async fn was_confirmed(
        &self,
        unit: &mut dyn UnitOfWork,
        session: &SessionRow,
    ) -> Result<bool, StoreError> {
        let observations = unit.observations_of(session.key).await?;
        Ok(observations.iter().any(|o| o.source.is_confirmed()))
    }

    /// Writes down what the webhook said and what the vendor answered.
    async fn record(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        row: &DeliveryRow,
        event: &WebhookEvent,
        answer: &Answer,
        session: &SessionRow,
    ) -> Result<(), KeyRingError> {
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
        let (asked_at, snapshot) = match answer {
            Answer::NotAsked => return Ok(()),
            Answer::Missing { asked_at } => (*asked_at, None),
            Answer::Snapshot { asked_at, snapshot } => (*asked_at, Some(&**snapshot)),
        };
        self.append_answer(unit, account, session, asked_at, snapshot)
            .await
    }
}
