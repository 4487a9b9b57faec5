//! Cursors: where the next page begins. Opaque to clients; they hold an id and what it is of.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::{Kind, Problem};

/// The form of cursors. Another form gets another number, and an old cursor is then refused instead of misread.
const FORM: &str = "1";

/// A cursor. The id's prefix says what it is of, so a cursor of another list does not parse.
pub(super) fn encode(id: &impl Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{FORM}{id}"))
}

/// The id in a cursor.
pub(super) fn decode<Id: FromStr>(cursor: &str) -> Result<Id, Problem> {
    let id = |cursor| {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        text.strip_prefix(FORM)?.parse().ok()
    };
    id(cursor).ok_or_else(|| {
        Problem::new(Kind::InvalidCursor)
            .detail("take next_cursor of the page before, as it is, with the same filters")
    })
}

#[cfg(test)]
mod tests {
    use idv_core::{ObservationId, RequestId, Timestamp};

    use super::*;

    #[test]
    fn a_cursor_survives_and_one_of_another_list_is_refused() {
        let now = Timestamp::from_unix_secs(1_795_200_000);
        let id = RequestId::new(now);
        let cursor = encode(&id);
        assert!(!cursor.contains("idv_"));
        assert_eq!(decode::<RequestId>(&cursor).unwrap(), id);
        let other = encode(&ObservationId::new(now));
        for bad in [
            "",
            "x",
            "idv_01",
            &other,
            &cursor[1..],
            &format!("{cursor}A"),
            "MQ",
            "é",
        ] {
            let problem = decode::<RequestId>(bad).unwrap_err();
            assert_eq!(problem.kind(), Kind::InvalidCursor, "{bad:?}");
        }
    }
}
