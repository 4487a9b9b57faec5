//! What the engine measures, in one place. Whoever runs it chooses where the figures go (the `metrics` facade).
//!
//! Labels are words of ours and names from the configuration: nothing from outside can make a new series.

use std::time::Duration;

use idv_core::{Circuit, HealthSnapshot, ProviderId};
use metrics::{counter, gauge, histogram};

use crate::Engine;
use crate::error::QueryError;
use crate::store::{
    DeliveryRow, DeliveryState, EndpointState, EventKind, InboxCounts, JobKind, StoreError,
};
use crate::sweep::Swept;

/// What became of the work on a delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Worked {
    /// It is in this state now.
    As(DeliveryState),
    /// It will be tried again.
    Again,
}

/// A try of a job has come to an end.
pub(crate) fn job_tried(kind: JobKind, outcome: &'static str) {
    counter!("idv_jobs_total", "kind" => kind.as_word(), "outcome" => outcome).increment(1);
}

/// An event was written.
pub(crate) fn event_written(kind: EventKind) {
    counter!("idv_events_total", "kind" => kind.as_word()).increment(1);
}

/// An attempt to deliver an event to an endpoint has come to an end.
pub(crate) fn event_sent(outcome: &'static str, took: Duration) {
    counter!("idv_deliveries_total", "outcome" => outcome).increment(1);
    histogram!("idv_delivery_duration_seconds", "outcome" => outcome).record(took);
}

/// A session that was quiet for too long was asked about.
pub(crate) fn session_polled(provider: &ProviderId, outcome: &'static str) {
    counter!("idv_reconciler_polls_total", "provider" => provider.to_string(), "outcome" => outcome)
        .increment(1);
}

/// A change was found by asking, and no webhook had told of it.
pub(crate) fn webhook_missed(provider: &ProviderId) {
    counter!("idv_missed_webhooks_total", "provider" => provider.to_string()).increment(1);
}

/// A sweep has come to its end.
pub(crate) fn swept(swept: &Swept) {
    let Swept {
        expired,
        abandoned,
        erased,
        forgotten_keys,
        matched,
        ignored,
        emptied,
        forgotten_deliveries,
    } = *swept;
    for (what, number) in [
        ("expired", expired),
        ("abandoned", abandoned),
        ("erased", erased),
        ("forgotten_keys", forgotten_keys),
        ("webhooks_matched", matched),
        ("webhooks_ignored", ignored),
        ("webhooks_emptied", emptied),
        ("forgotten_event_deliveries", forgotten_deliveries),
    ] {
        counter!("idv_swept_total", "what" => what).increment(number);
    }
}

/// How an account's vendor is doing.
fn vendor(account: &str, health: &HealthSnapshot) {
    let state = match health.circuit {
        Circuit::Closed => 0.0,
        Circuit::HalfOpen => 1.0,
        Circuit::Open => 2.0,
    };
    gauge!("idv_circuit_state", "account" => account.to_owned()).set(state);
    counter!("idv_calls_held_back_total", "account" => account.to_owned())
        .absolute(health.calls_held_back);
}

impl Engine {
    /// The work on a delivery has come to an end.
    pub(crate) fn count_worked(&self, row: &DeliveryRow, worked: Worked) {
        let account = self.inner.accounts.get(&row.account);
        let provider = account.map_or_else(
            || "none".to_owned(),
            |account| account.provider.info().id.to_string(),
        );
        let outcome = match worked {
            Worked::As(state) => state.as_word(),
            Worked::Again => "tried_again",
        };
        counter!("idv_webhooks_worked_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
    }

    /// Sets every gauge to how it is now. Called when somebody is about to read them.
    ///
    /// # Errors
    /// As [`Engine::request`]; then some gauges are as they were.
    pub async fn measure(&self) -> Result<(), QueryError> {
        for account in self.inner.accounts.iter() {
            if let Some(health) = &account.health {
                vendor(account.id.as_str(), &health.snapshot());
            }
        }
        let waiting = self.inner.inbox_writer.waiting();
        gauge!("idv_inbox_queue").set(figure(u64::try_from(waiting).unwrap_or(u64::MAX)));
        let InboxCounts {
            pending,
            done,
            ignored,
            unmatched,
            dead,
        } = self.inbox_counts().await?;
        for (state, number) in [
            ("pending", pending),
            ("done", done),
            ("ignored", ignored),
            ("unmatched", unmatched),
            ("dead", dead),
        ] {
            gauge!("idv_inbox_deliveries", "state" => state).set(figure(number));
        }
        let jobs = self.inner.store.jobs().count().await?;
        gauge!("idv_jobs_waiting").set(figure(jobs));
        self.measure_outbox().await?;
        Ok(())
    }

    async fn measure_outbox(&self) -> Result<(), StoreError> {
        let outbox = self.inner.store.outbox();
        let counts = outbox.counts().await?;
        gauge!("idv_outbox_pending").set(figure(counts.pending));
        let lag = counts.oldest_pending.map(|oldest| self.now().since(oldest));
        gauge!("idv_outbox_lag_seconds").set(lag.unwrap_or_default().as_secs_f64());
        let endpoints = outbox.endpoints().await?;
        for state in EndpointState::ALL {
            let of_it = endpoints.iter().filter(|row| row.state == state).count();
            let number = u64::try_from(of_it).unwrap_or(u64::MAX);
            gauge!("idv_endpoints", "state" => state.as_word()).set(figure(number));
        }
        Ok(())
    }
}

/// Exact up to 2⁵³.
#[expect(
    clippy::cast_precision_loss,
    reason = "nobody has that many of anything"
)]
const fn figure(number: u64) -> f64 {
    number as f64
}
