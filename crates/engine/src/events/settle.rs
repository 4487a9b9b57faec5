//! Writing down what came of an attempt: the delivery, its log, and how the endpoint fares, in one transaction.

use idv_core::RequestId;
use serde_json::json;

use super::attempt::Attempt;
use super::outcome::Verdict;
use super::schedule::{pause_after, pause_or_longest};
use crate::Engine;
use crate::crypt::KeyRingError;
use crate::store::{
    AttemptRow, EndpointRow, EndpointState, EventDeliveryRow, EventKind, EventSettlement,
    UnitOfWork,
};

/// How often it is tried to write an outcome down, where the database lets nobody through for a moment. What was sent is
/// not sent again for that.
const TRIES: u32 = 3;

impl Engine {
    pub(super) async fn settle_attempt(
        &self,
        delivery: &EventDeliveryRow,
        made: &Attempt,
    ) -> Result<(), KeyRingError> {
        let mut tries = 1;
        loop {
            match self.settle_attempt_once(delivery, made).await {
                Err(KeyRingError::Store(error)) if error.is_retryable() && tries < TRIES => {
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    async fn settle_attempt_once(
        &self,
        delivery: &EventDeliveryRow,
        made: &Attempt,
    ) -> Result<(), KeyRingError> {
        let verdict = made.outcome.verdict;
        let outbox = self.inner.store.outbox();
        let Some(endpoint) = outbox.endpoint(delivery.endpoint).await? else {
            return Ok(()); // It was removed meanwhile, with everything on its way to it.
        };
        let settlement = self.settlement_of(delivery, verdict);
        let mut unit = self.inner.store.begin().await?;
        let mut switched_off = None;
        if !endpoint.is_unmoved_by(verdict) {
            let Some(mut row) = unit.endpoint(delivery.endpoint).await? else {
                return Ok(());
            };
            let disable_after = self.inner.settings.disable_endpoints_after;
            let is_switched_off = row.learn(verdict, self.now(), disable_after);
            unit.update_endpoint(&row).await?;
            if is_switched_off {
                self.tell_of_disabled(unit.as_unit_of_work(), &row).await?;
                switched_off = Some(row);
            }
        }
        let answer = self
            .seal_answer(unit.as_unit_of_work(), &delivery.event, &made.answer)
            .await?;
        let attempt = AttemptRow {
            endpoint: delivery.endpoint,
            event: delivery.event.id,
            began_at: made.began_at,
            took: made.took,
            status: made.outcome.status,
            outcome: made.outcome.word.clone().into_owned(),
            answer,
        };
        unit.settle_event_delivery(&attempt, settlement).await?;
        unit.commit().await?;
        report(delivery, &attempt, settlement);
        if let Some(row) = switched_off {
            self.endpoints_changed();
            tracing::error!(
                endpoint = %row.id, state = row.state.as_word(), failing_since = ?row.failing_since,
                "an endpoint is sent nothing any more, until somebody enables it"
            );
        }
        Ok(())
    }

    fn settlement_of(&self, delivery: &EventDeliveryRow, verdict: Verdict) -> EventSettlement {
        let attempts = delivery.attempts;
        let random = delivery.event.id.as_uuid().as_u64_pair().1;
        let spread = random.rotate_left(attempts.saturating_mul(7));
        let again = |pause| EventSettlement::Again(self.now().plus(pause));
        match verdict {
            Verdict::Taken => EventSettlement::Delivered,
            Verdict::Hopeless => EventSettlement::Failed,
            // It waits for the endpoint to be enabled, or for a process with the key, however long that takes.
            Verdict::Gone | Verdict::NotAsked => again(pause_or_longest(attempts, spread)),
            Verdict::Refused | Verdict::Rest(_) => {
                pause_after(attempts, spread).map_or(EventSettlement::Failed, again)
            }
        }
    }

    async fn tell_of_disabled(
        &self,
        unit: &mut dyn UnitOfWork,
        row: &EndpointRow,
    ) -> Result<(), KeyRingError> {
        let reason = match row.state {
            EndpointState::Gone => "gone",
            _ => "failing",
        };
        let data = json!({
            "endpoint_id": row.id,
            "description": row.description,
            "reason": reason,
            "failing_since": row.failing_since,
        });
        self.append_endpoint_event(unit, EventKind::EndpointDisabled, None, &data)
            .await
            .map(drop)
    }
}

fn report(delivery: &EventDeliveryRow, attempt: &AttemptRow, settlement: EventSettlement) {
    let (event, endpoint) = (delivery.event.id, delivery.endpoint);
    let request = delivery.event.request.map(shown);
    let (number, outcome) = (delivery.attempts, attempt.outcome.as_str());
    match settlement {
        EventSettlement::Delivered => {
            tracing::info!(%event, request, %endpoint, attempt = number, "an event was delivered");
        }
        EventSettlement::Again(at) => {
            tracing::warn!(%event, request, %endpoint, attempt = number, outcome, %at, "an event was not delivered and will be sent again");
        }
        EventSettlement::Failed => {
            tracing::error!(%event, request, %endpoint, attempt = number, outcome, "the delivery of an event was given up: its tries are exhausted, or it cannot be read");
        }
    }
}

fn shown(request: RequestId) -> tracing::field::DisplayValue<RequestId> {
    tracing::field::display(request)
}
