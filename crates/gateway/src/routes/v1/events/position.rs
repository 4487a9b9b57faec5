//! A place in the feed as a cursor.

use std::fmt;
use std::str::FromStr;

use idv_engine::store::EventPosition;

use crate::problem::Problem;
use crate::routes::cursor;

/// The text inside a cursor of the feed, or with `DELIVERIES` of a list of deliveries. One place has one text.
struct Text<const DELIVERIES: bool>(EventPosition);

impl<const DELIVERIES: bool> Text<DELIVERIES> {
    const PREFIX: &str = if DELIVERIES { "del_" } else { "pos_" };
}

impl<const DELIVERIES: bool> fmt::Display for Text<DELIVERIES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0.0)
    }
}

impl<const DELIVERIES: bool> FromStr for Text<DELIVERIES> {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.strip_prefix(Self::PREFIX).ok_or(())?;
        let position = number.parse().map_err(|_| ())?;
        let read = Self(EventPosition(position));
        if read.to_string() == text {
            Ok(read)
        } else {
            Err(())
        }
    }
}

/// The cursor of a place. Whoever reads on from it gets what comes after.
pub(crate) fn cursor_of(position: EventPosition) -> String {
    cursor::encode(&Text::<false>(position))
}

/// The place of a cursor.
pub(crate) fn position_of(text: &str) -> Result<EventPosition, Problem> {
    cursor::decode(text).map(|Text::<false>(position)| position)
}

/// The cursor of a page of deliveries, which is no place in the feed: deliveries are listed the other way round.
pub(crate) fn deliveries_cursor_of(position: EventPosition) -> String {
    cursor::encode(&Text::<true>(position))
}

/// The place of such a cursor.
pub(crate) fn deliveries_position_of(text: &str) -> Result<EventPosition, Problem> {
    cursor::decode(text).map(|Text::<true>(position)| position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_as_a_cursor_and_has_only_one() {
        for place in [0, 1, 4711, u64::MAX] {
            let position = EventPosition(place);
            assert_eq!(position_of(&cursor_of(position)).unwrap(), position);
        }
        for other in ["pos_", "pos_+1", "pos_01", "pos_-1", "evt_1", "1"] {
            assert!(position_of(&cursor::encode(&other)).is_err(), "{other}");
        }
        assert!(position_of("now").is_err());
        let page = deliveries_cursor_of(EventPosition(7));
        assert_eq!(deliveries_position_of(&page).unwrap(), EventPosition(7));
        assert!(position_of(&page).is_err());
        assert!(deliveries_position_of(&cursor_of(EventPosition(7))).is_err());
    }
}
