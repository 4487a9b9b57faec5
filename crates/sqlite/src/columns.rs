//! How the engine's values look in a column, and back.

use idv_core::{Timestamp, json};
use idv_engine::store::{EventPosition, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::corrupt;

/// A time as microseconds since the Unix epoch.
pub(crate) const fn micros(time: Timestamp) -> i64 {
    time.as_unix_micros()
}

/// A time as microseconds since the Unix epoch, where there is one.
pub(crate) fn maybe_micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(micros)
}

/// A count that a row holds.
pub(crate) fn count(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| corrupt("a count is out of range"))
}

/// A place in the stream of events, from a column.
pub(crate) fn position(number: i64) -> Result<EventPosition, StoreError> {
    u64::try_from(number)
        .map(EventPosition)
        .map_err(|_| corrupt("a place in the stream is out of range"))
}

/// A place in the stream of events, for a column. One that is too large for it is after every event there is.
pub(crate) fn place(position: EventPosition) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

/// A value as JSON text. It must be free of personal data: the column is readable.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| corrupt("a value cannot be written as JSON"))
}

/// A value from JSON text that [`to_json`] wrote.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    json::decode(text.as_bytes())
        .map_err(|error| corrupt("stored JSON does not read back").with_source(error))
}

/// 32 bytes, such as a hash.
pub(crate) fn bytes32(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| corrupt("a hash is not 32 bytes long"))
}

/// Bytes as hex. Text is handed over like this inside JSON, so that no character in it means anything to SQLite.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| DIGITS.get(usize::from(four)).copied().unwrap_or(b'0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .map(char::from)
        .collect()
}
