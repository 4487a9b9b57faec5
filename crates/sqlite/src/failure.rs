//! Failures of SQLite, told without what was in the rows.
//!
//! The text of an sqlx error can quote values and statements. So the error itself never leaves this file: what goes
//! on is a sentence of ours and SQLite's result code.

use idv_engine::store::{StoreError, StoreErrorKind};

/// SQLite's extended result code, see <https://www.sqlite.org/rescode.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SQLite result code {0}")]
struct ResultCode(i32);

/// `SQLITE_CONSTRAINT_UNIQUE`.
const UNIQUE: i32 = 2067;

/// `SQLITE_ERROR`.
const ERROR: i32 = 1;

fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// True if a unique index refused the row. The statement did nothing, and the transaction goes on.
pub(crate) fn is_unique_violation(error: &sqlx::Error) -> bool {
    result_code(error) == Some(UNIQUE)
}

/// True if SQLite refused a statement as such: there is no such table, or it makes no sense at this point.
pub(crate) fn is_plain_error(error: &sqlx::Error) -> bool {
    result_code(error) == Some(ERROR)
}

/// What the engine is told about a failure of sqlx.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the error ends here: nobody may print it afterwards"
)]
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    use StoreErrorKind::{Corrupt, Failed, Unavailable};
    if let Some(code) = result_code(&error) {
        return of_result_code(code);
    }
    let (kind, message) = match &error {
        sqlx::Error::PoolTimedOut => (Unavailable, "no connection became free in time"),
        sqlx::Error::PoolClosed => (Unavailable, "the store is closed"),
        sqlx::Error::WorkerCrashed => (Unavailable, "the thread of a connection is gone"),
        sqlx::Error::Io(_) => (Unavailable, "a file could not be read or written"),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            (Corrupt, "a column does not hold what was written")
        }
        _ => (Failed, "a statement failed"),
    };
    StoreError::new(kind, message)
}

fn of_result_code(code: i32) -> StoreError {
    use StoreErrorKind::{Conflict, Corrupt, Failed, Unavailable};
    // The low byte is the primary code; 517 is one of the extended codes of BUSY.
    let (kind, message) = match (code, code & 0xff) {
        (517, _) => (Conflict, "another unit of work wrote in between"),
        (_, 5 | 6) => (Unavailable, "the database is locked by somebody else"),
        (_, 7) => (Unavailable, "SQLite is out of memory"),
        (_, 8) => (Failed, "the database file cannot be written to"),
        (_, 9) => (Unavailable, "a statement was interrupted"),
        (_, 10) => (Unavailable, "a read or a write of the disk failed"),
        (_, 11) => (Corrupt, "the database file is damaged"),
        (_, 13) => (Unavailable, "the disk is full"),
        (_, 14) => (Failed, "the database file cannot be opened"),
        (_, 19) => (Failed, "a row breaks a rule of the schema"),
        (_, 26) => (Corrupt, "the file is not a SQLite database"),
        _ => (Failed, "a statement failed"),
    };
    StoreError::new(kind, message).with_source(ResultCode(code))
}

/// A row that does not read back as what was written.
pub(crate) const fn corrupt(message: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn being_busy_is_worth_another_try_and_a_broken_rule_is_not() {
        assert!(of_result_code(5).is_retryable());
        assert!(of_result_code(261).is_retryable());
        assert_eq!(of_result_code(517).kind, StoreErrorKind::Conflict);
        assert!(!of_result_code(UNIQUE).is_retryable());
    }

    #[test]
    fn only_the_code_of_an_error_is_passed_on() {
        let error = store_error(sqlx::Error::Decode("value Jane Example".into()));
        assert!(error.source().is_none());
        assert!(!format!("{error:?} {error}").contains("Jane"));
        let error = of_result_code(787);
        assert_eq!(
            error.source().unwrap().to_string(),
            "SQLite result code 787"
        );
    }
}
