//! Group commit: whatever arrives while the disk is busy shares the next write.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::store::{Appended, NewDelivery, Store, StoreError, StoreErrorKind};

/// Appends deliveries to the inbox, many per write.
#[derive(Debug)]
pub(crate) struct InboxWriter {
    queue: mpsc::Sender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    delivery: NewDelivery,
    answer: oneshot::Sender<Result<Appended, StoreError>>,
}

/// Why a delivery was not appended.
#[derive(Debug)]
pub(crate) enum AppendError {
    /// The queue is full.
    Overloaded,
    /// The write failed.
    Store(StoreError),
}

impl InboxWriter {
    /// Starts the writer. It ends when the last engine is dropped, after writing what is queued.
    pub(crate) fn spawn(store: Arc<dyn Store>, queue: usize, batch: usize) -> Self {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        tokio::spawn(write_batches(store, receiver, batch.max(1)));
        Self { queue: sender }
    }

    /// How many wait for the disk.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Appends one delivery. When this returns `Ok`, it is on disk.
    pub(crate) async fn append(&self, delivery: NewDelivery) -> Result<Appended, AppendError> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send(Waiting { delivery, answer })
            .map_err(|_| AppendError::Overloaded)?;
        answered
            .await
            .unwrap_or_else(|_| Err(gone()))
            .map_err(AppendError::Store)
    }
}

async fn write_batches(store: Arc<dyn Store>, mut queue: mpsc::Receiver<Waiting>, batch: usize) {
    let mut waiting = Vec::with_capacity(batch);
    while queue.recv_many(&mut waiting, batch).await > 0 {
        let (deliveries, answers): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|waiting: Waiting| (waiting.delivery, waiting.answer))
            .unzip();
        match store.inbox().append(&deliveries).await {
            Ok(appended) if appended.len() == answers.len() => {
                for (answer, appended) in answers.into_iter().zip(appended) {
                    // Whoever asked may have hung up; the delivery is stored all the same.
                    let _ = answer.send(Ok(appended));
                }
            }
            // Nothing was stored, so nobody may be told it was.
            outcome => {
                let kind = outcome.map_or_else(|error| error.kind, |_| StoreErrorKind::Corrupt);
                tracing::error!(
                    ?kind,
                    deliveries = answers.len(),
                    "webhooks could not be stored"
                );
                for answer in answers {
                    let _ =
                        answer.send(Err(StoreError::new(kind, "the inbox could not be written")));
                }
            }
        }
    }
}

fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the inbox writer has stopped")
}
