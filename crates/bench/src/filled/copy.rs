//! Copies of real requests.

use std::time::Duration;

use idv_core::{
    DeliveryId, EventId, ObservationId, OrganizationId, RequestId, SessionId, SessionKey,
    SubjectRef, Timestamp,
};
use idv_engine::crypt::{DataKey, KeyRing, Place};
use idv_engine::store::{
    BlindIndex, DataKeyId, EventRow, KeyOwner, ObservationRow, RequestRow, Sealed, SessionRow,
    SubjectId, SubjectRow, WrappedKey,
};
use uuid::Uuid;

use super::template::{INTENT, PAYLOAD, PERSON, REFERENCE, Template};
use super::{ORGANIZATIONS, SPAN};

/// Of the newest so many one is open.
const OPEN_ONE_IN: u64 = 50;
/// When the vendor is asked about what is open: not while it is measured.
const NEXT_QUESTION: Duration = Duration::from_secs(365 * 86_400);

/// What is copied, how often, and for whom.
///
/// Everything that has an index is made in its order, references by their blind indexes too: whatever is written in the
/// order of its index takes minutes, and in any other order hours.
pub(super) struct Plan {
    keys: KeyRing,
    over: Vec<Template>,
    open: Vec<Template>,
    /// The references, by number, in the order of their blind indexes.
    subjects: Vec<(BlindIndex, u64)>,
    now: Timestamp,
}

/// The rows of one request.
pub(super) struct Copy {
    pub(super) subject: SubjectRow,
    pub(super) key: WrappedKey,
    pub(super) request: RequestRow,
    pub(super) sessions: Vec<SessionRow>,
    pub(super) observations: Vec<ObservationRow>,
    pub(super) events: Vec<EventRow>,
}

impl Plan {
    pub(super) fn new(
        keys: KeyRing,
        templates: Vec<Template>,
        requests: u64,
        now: Timestamp,
    ) -> Self {
        let environment = templates[0].request.environment.unwrap();
        let subjects = (0..requests).map(|number| {
            let reference = SubjectRef::new(reference(number));
            (keys.blind_index(environment, &reference), number)
        });
        let mut subjects: Vec<_> = subjects.collect();
        subjects.sort_unstable_by_key(|(index, _)| index.0);
        let (open, over) = templates.into_iter().partition(Template::is_open);
        Self {
            keys,
            over,
            open,
            subjects,
            now,
        }
    }

    pub(super) fn requests(&self) -> u64 {
        self.subjects.len() as u64
    }

    /// Rows of a copy that is over, on average.
    pub(super) fn rows_each(&self) -> f64 {
        let shares: u32 = self.over.iter().map(|template| template.share).sum();
        let rows = self.over.iter();
        let rows = rows.map(|template| template.rows() as f64 * f64::from(template.share));
        rows.sum::<f64>() / f64::from(shares)
    }

    /// The copy with this rank, the oldest first.
    pub(super) fn copy(&self, rank: u64) -> Copy {
        let requests = self.requests();
        let (blind_index, number) = self.subjects[usize::try_from(rank).unwrap()];
        let is_open = rank >= requests - requests / OPEN_ONE_IN;
        let template = if is_open {
            &self.open[0]
        } else {
            self.one_that_is_over(number)
        };
        let age = SPAN.mul_f64((requests - rank) as f64 / requests as f64);
        let made_at = self.now.minus(age);
        let ranked = |salt: u64| ascending(rank, requests, salt);
        let subject = SubjectId(ranked(1));
        let owner = KeyOwner::Subject(subject);
        let (wrapped, key) = self
            .keys
            .new_key(DataKeyId(ranked(2)), owner, made_at)
            .unwrap();
        Copying {
            template,
            number,
            rank,
            key: &key,
            moved: Moved {
                from: template.made_at(),
                to: made_at,
            },
            poll_at: self.now.plus(NEXT_QUESTION),
        }
        .rows(subject, blind_index, wrapped)
    }

    /// By the shares of each.
    fn one_that_is_over(&self, number: u64) -> &Template {
        let shares: u32 = self.over.iter().map(|template| template.share).sum();
        let mut left = u32::try_from(number % u64::from(shares)).unwrap();
        let mut templates = self.over.iter();
        let chosen = templates.find(|template| {
            let is_it = left < template.share;
            left = left.saturating_sub(template.share);
            is_it
        });
        chosen.unwrap()
    }
}

/// How the application calls somebody.
pub(crate) fn reference(number: u64) -> String {
    format!("subject-{number:09}")
}

/// A random-looking id of which the one with the next rank is greater.
fn ascending(rank: u64, of: u64, salt: u64) -> Uuid {
    let step = u128::from(u64::MAX / of.max(1));
    let high = u128::from(rank) * step;
    let low = rank.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    uuid::Builder::from_random_bytes(((high << 64) | u128::from(low)).to_be_bytes()).into_uuid()
}

/// From when the template was made to when the copy was.
#[derive(Clone, Copy)]
struct Moved {
    from: Timestamp,
    to: Timestamp,
}

impl Moved {
    fn time(self, time: Timestamp) -> Timestamp {
        self.to.plus(time.since(self.from))
    }
}

struct Copying<'a> {
    template: &'a Template,
    number: u64,
    rank: u64,
    key: &'a DataKey,
    moved: Moved,
    poll_at: Timestamp,
}

impl Copying<'_> {
    fn rows(&self, subject: SubjectId, blind_index: BlindIndex, key: WrappedKey) -> Copy {
        let (template, moved) = (self.template, self.moved);
        let reference = reference(self.number);
        let request = RequestId::new(moved.to);
        let renamed = [
            (template.subject.clone(), reference.clone()),
            (template.request.id.to_string(), request.to_string()),
        ];
        let sessions = self.sessions(request, &renamed);
        let key_of = |session: SessionKey| {
            let before = template.sessions.iter().map(|(row, _)| row.key);
            let mut keys = before.zip(sessions.iter().map(|row| row.key));
            keys.find(|(before, _)| *before == session).unwrap().1
        };
        let mut row = template.request.clone();
        let organization = format!("organization-{}", self.number % ORGANIZATIONS);
        row.id = request;
        row.subject = subject;
        row.organization = Some(OrganizationId::new(organization));
        row.affected_organizations = row.organization.iter().cloned().collect();
        let person = template.person.as_ref();
        row.person = person.map(|plain| self.seal(PERSON, request.as_uuid(), plain, &renamed));
        row.current_session = row.current_session.map(key_of);
        row.state.decided_at = row.state.decided_at.map(|at| moved.time(at));
        row.created_at = moved.to;
        row.updated_at = moved.time(row.updated_at);
        let observations = template.observations.iter().map(|before| {
            let mut row = before.clone();
            row.observed_at = moved.time(row.observed_at);
            row.as_of = moved.time(row.as_of);
            row.vendor_time = row.vendor_time.map(|at| moved.time(at));
            row.id = ObservationId::new(row.observed_at);
            row.request = request;
            row.session = row.session.map(key_of);
            row.delivery = row.delivery.map(|_| DeliveryId::new(row.observed_at));
            row
        });
        let events = template.events.iter().map(|(before, payload)| {
            let mut row = before.clone();
            row.created_at = moved.time(row.created_at);
            row.id = EventId::new(row.created_at);
            row.request = Some(request);
            row.subject = Some(subject);
            row.payload = self.seal(PAYLOAD, row.id.as_uuid(), payload, &renamed);
            row
        });
        Copy {
            subject: SubjectRow {
                id: subject,
                blind_index,
                reference: self.seal(REFERENCE, subject.0, reference.as_bytes(), &[]),
                created_at: moved.to,
                erased_at: None,
            },
            key,
            observations: observations.collect(),
            events: events.collect(),
            request: row,
            sessions,
        }
    }

    fn sessions(&self, request: RequestId, renamed: &[(String, String)]) -> Vec<SessionRow> {
        let sessions = self.template.sessions.iter().enumerate();
        let sessions = sessions.map(|(place, (before, intent))| {
            let mut row = before.clone();
            row.created_at = self.moved.time(row.created_at);
            row.updated_at = self.moved.time(row.updated_at);
            row.key = SessionKey::new(row.created_at);
            row.request = request;
            row.idempotency_key = format!("idv-start-{}", row.key);
            row.session_id = Some(SessionId::new(format!(
                "vs_{:024}",
                self.rank * 10 + place as u64
            )));
            row.poll_at = row.poll_at.map(|_| self.poll_at);
            let intent = intent.as_ref();
            row.intent = intent.map(|plain| self.seal(INTENT, row.key.as_uuid(), plain, renamed));
            row
        });
        sessions.collect()
    }

    fn seal(
        &self,
        column: &'static str,
        row: Uuid,
        plain: &[u8],
        renamed: &[(String, String)],
    ) -> Sealed {
        let mut text = std::str::from_utf8(plain).unwrap().to_owned();
        for (before, now) in renamed {
            if text.contains(before) {
                text = text.replace(before, now);
            }
        }
        let place = Place { column, row };
        self.key.seal(place, text.as_bytes()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_with_the_rank_to_the_end_of_all_there_are() {
        let ids: Vec<_> = (0..1_000).map(|rank| ascending(rank, 1_000, 1)).collect();
        assert!(ids.is_sorted());
        assert!(ids[0].as_bytes()[0] == 0 && ids[999].as_bytes()[0] > 0xf0);
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
        assert_ne!(ids[5], ascending(5, 1_000, 2));
    }

    #[test]
    fn times_move_together() {
        let at = Timestamp::from_unix_secs;
        let moved = Moved {
            from: at(100),
            to: at(7),
        };
        assert_eq!(moved.time(at(103)), at(10));
    }
}
