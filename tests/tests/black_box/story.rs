//! Webhooks of one session's life.

use std::sync::atomic::{AtomicU32, Ordering};

use idv_simulator::stripe::Session;

use super::gateway::now_unix_secs;

/// Sessions made by this process, so that each has an id of its own.
static SESSIONS: AtomicU32 = AtomicU32::new(0);

/// One session of one subject.
pub(crate) struct Story {
    session: Session,
    now: i64,
}

impl Story {
    pub(crate) fn of(subject: &str) -> Self {
        let now = now_unix_secs() - 60;
        let id = format!("vs_{}", SESSIONS.fetch_add(1, Ordering::Relaxed));
        Self {
            session: Session::new(id, now).for_reference(subject),
            now,
        }
    }

    /// The event of a pass.
    pub(crate) fn verified(mut self) -> Vec<u8> {
        self.session.submit(self.now + 1).unwrap();
        self.session.verify(self.now + 2).unwrap().body
    }

    /// The event of a session that waits for its subject.
    pub(crate) fn created(mut self) -> Vec<u8> {
        self.session.created(self.now).body
    }

    /// Made, handed in, failed, handed in again, passed.
    pub(crate) fn whole_life(mut self) -> Vec<Vec<u8>> {
        let (session, now) = (&mut self.session, self.now);
        vec![
            session.created(now).body,
            session.submit(now + 10).unwrap().body,
            session.fail(now + 20, "document_expired").unwrap().body,
            session.submit(now + 30).unwrap().body,
            session.verify(now + 40).unwrap().body,
        ]
    }
}
