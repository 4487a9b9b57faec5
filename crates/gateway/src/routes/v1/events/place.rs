//! Where a reader of the feed begins, and which types it wants: the parameters that page and stream share.

use idv_engine::Engine;
use idv_engine::store::{EventKind, EventPosition};

use super::super::endpoints::failure;
use super::position_of;
use crate::problem::Problem;
use crate::routes::query::Query;

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// After this place; 0 is the beginning.
    After(EventPosition),
    /// With what happens from now on.
    Now,
}

/// The word for it.
const NOW: &str = "now";

impl Place {
    /// A cursor, or the word.
    pub(super) fn read(text: Option<&str>) -> Result<Self, Problem> {
        match text {
            None => Ok(Self::After(EventPosition::default())),
            Some(NOW) => Ok(Self::Now),
            Some(cursor) => position_of(cursor).map(Self::After),
        }
    }

    /// The place in the stream.
    pub(super) async fn position(self, engine: &Engine) -> Result<EventPosition, Problem> {
        match self {
            Self::After(position) => Ok(position),
            Self::Now => engine
                .last_event_position()
                .await
                .map_err(|error| failure::of_endpoint(&error)),
        }
    }
}

/// The type of an event, by its word in the API.
pub(crate) fn kind(word: &str) -> Option<EventKind> {
    EventKind::ALL
        .into_iter()
        .find(|kind| kind.to_string() == word)
}

/// Which types are wanted; empty for every one.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted(Vec<EventKind>);

impl Wanted {
    pub(super) fn read(query: &mut Query) -> Self {
        let expected = "a list of types of event with commas between them, such as \
                        verification_request.passed,verification_request.failed";
        let kinds = query.parsed("types", expected, |text| {
            text.split(',').map(kind).collect::<Option<Vec<_>>>()
        });
        Self(kinds.unwrap_or_default())
    }

    pub(super) fn has(&self, kind: EventKind) -> bool {
        self.0.is_empty() || self.0.contains(&kind)
    }
}
