//! The rows of a real request, opened.

use idv_core::{RequestId, Timestamp};
use idv_engine::crypt::{KeyRing, Place};
use idv_engine::store::{
    EventRow, ObservationRow, PageRequest, RequestRow, Sealed, SessionRow, Store,
};
use uuid::Uuid;

use super::story::Lived;

/// The rows of a real request, and what is sealed in them.
pub(super) struct Template {
    pub(super) share: u32,
    pub(super) subject: String,
    pub(super) request: RequestRow,
    pub(super) person: Option<Vec<u8>>,
    /// With their intents.
    pub(super) sessions: Vec<(SessionRow, Option<Vec<u8>>)>,
    pub(super) observations: Vec<ObservationRow>,
    /// With their payloads.
    pub(super) events: Vec<(EventRow, Vec<u8>)>,
}

/// Where the engine seals what a request has: a value does not open at another place.
pub(super) const REFERENCE: &str = "subjects.reference";
pub(super) const PERSON: &str = "requests.person";
pub(super) const INTENT: &str = "sessions.intent";
pub(super) const PAYLOAD: &str = "events.payload";

impl Template {
    pub(super) async fn read(store: &dyn Store, keys: &KeyRing, lived: &Lived) -> Self {
        let id: RequestId = lived.request;
        let reads = store.reads();
        let open = async |column, row: Uuid, sealed: &Sealed| {
            let place = Place { column, row };
            keys.open_value(store, place, sealed).await.unwrap()
        };
        let request = reads.request(id).await.unwrap().unwrap();
        let person = match &request.person {
            Some(person) => Some(open(PERSON, id.as_uuid(), person).await),
            None => None,
        };
        let mut sessions = Vec::new();
        for session in reads.sessions_of(id).await.unwrap() {
            let intent = match &session.intent {
                Some(intent) => Some(open(INTENT, session.key.as_uuid(), intent).await),
                None => None,
            };
            sessions.push((session, intent));
        }
        let page = PageRequest {
            after: None,
            limit: 1_000,
        };
        let observations = reads.observations_of(id, page).await.unwrap().rows;
        let observations = first_and_last(observations);
        let mut events = Vec::new();
        if let Some(event) = reads.events_of(id).await.unwrap().pop() {
            let payload = open(PAYLOAD, event.id.as_uuid(), &event.payload).await;
            events.push((event, payload));
        }
        Self {
            share: lived.share,
            subject: lived.subject.clone(),
            request,
            person,
            sessions,
            observations,
            events,
        }
    }

    pub(super) fn made_at(&self) -> Timestamp {
        self.request.created_at
    }

    pub(super) fn is_open(&self) -> bool {
        !self.request.state.status.is_final()
    }

    /// Rows that a copy has, its subject and key among them.
    pub(super) fn rows(&self) -> usize {
        3 + self.sessions.len() + self.observations.len() + self.events.len()
    }
}

/// What the history of a copy is: how it began and how it ended. Each row costs a statement, and none in between is read
/// by what is measured.
fn first_and_last<T>(rows: Vec<T>) -> Vec<T> {
    let last = rows.len().saturating_sub(1);
    let rows = rows.into_iter().enumerate();
    rows.filter(|(place, _)| *place == 0 || *place == last)
        .map(|(_, row)| row)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_history_the_first_and_the_last_are_left() {
        assert_eq!(first_and_last(vec![1, 2, 3, 4]), [1, 4]);
        assert_eq!(first_and_last(vec![1]), [1]);
        assert_eq!(first_and_last(Vec::<u8>::new()), [0; 0]);
    }
}
