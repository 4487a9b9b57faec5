//! The first bytes of what an endpoint answered. They may repeat what it was sent, so they are kept like it.

use idv_core::EventId;

use crate::Engine;
use crate::crypt::{KeyRingError, Place};
use crate::store::{AttemptRow, EventRow, KeyOwner, Sealed, UnitOfWork};

/// How many bytes are kept.
const KEPT: usize = 1024;

impl Engine {
    /// Seals the first bytes under the key of whom the event is about. Of one who was erased nothing is kept.
    ///
    /// The key is looked up and never made: an erasure that is under way at the same time destroys it before or after,
    /// and what is sealed under it is gone either way.
    pub(super) async fn seal_answer(
        &self,
        unit: &mut dyn UnitOfWork,
        event: &EventRow,
        answer: &[u8],
    ) -> Result<Sealed, KeyRingError> {
        let first = answer.get(..KEPT).unwrap_or(answer);
        let owner = event
            .subject
            .map_or(KeyOwner::Installation, KeyOwner::Subject);
        let key = match first {
            [] => None,
            _ => self.inner.keys.existing_key_of(unit, &owner).await?,
        };
        Ok(match key {
            Some(key) => key.seal(place(event.id), first)?,
            None => Sealed::from_bytes(Vec::new()),
        })
    }

    /// The first bytes as text; none if there are none, or their key was destroyed.
    pub(super) async fn open_answer(
        &self,
        attempt: &AttemptRow,
    ) -> Result<Option<String>, KeyRingError> {
        if attempt.answer.as_bytes().is_empty() {
            return Ok(None);
        }
        let place = place(attempt.event);
        let opened = self
            .inner
            .keys
            .open_value(self.store(), place, &attempt.answer);
        match opened.await {
            Ok(bytes) => Ok(Some(as_text(&bytes))),
            Err(KeyRingError::WrongMasterKey) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Where the answers to the attempts at an event live.
const fn place(id: EventId) -> Place {
    Place {
        column: "event_attempts.answer",
        row: id.as_uuid(),
    }
}

/// What may be shown: no control characters, which a terminal would obey.
fn as_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_control_characters() {
        assert_eq!(
            as_text(b"a\x1b[31mred\r\n\0\xff\xc2\x85b"),
            "a[31mred\u{fffd}b"
        );
    }
}
