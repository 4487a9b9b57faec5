//! Failures of Postgres, told without what was in the rows.
//!
//! The text of a Postgres error quotes values, statements and addresses. So the error itself never leaves this file:
//! what goes on is a sentence of ours and the SQLSTATE.

use idv_engine::store::{StoreError, StoreErrorKind};

/// The five characters Postgres names an error with, see
/// <https://www.postgresql.org/docs/15/errcodes-appendix.html> (read 2026-11-20).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SQLSTATE {0}")]
struct SqlState(String);

/// `unique_violation`.
const UNIQUE: &str = "23505";

/// Unique indexes that two units of work can run into at the same time. The loser finds the winner's row if it does
/// everything again. Any other one is broken by a mistake only.
const RACES: [&str; 2] = ["one_open_request_per_subject", "one_session_per_vendor_id"];

/// What the engine is told about a failure of sqlx.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the error ends here: nobody may print it afterwards"
)]
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    use StoreErrorKind::{Corrupt, Failed, Unavailable};
    if let Some(database) = error.as_database_error()
        && let Some(state) = database.code()
    {
        return of_sql_state(&state, database.constraint());
    }
    let (kind, message) = match &error {
        sqlx::Error::PoolTimedOut => (Unavailable, "no connection became free in time"),
        sqlx::Error::PoolClosed => (Unavailable, "the store is closed"),
        sqlx::Error::Io(_) => (Unavailable, "the connection to the database server broke"),
        sqlx::Error::Tls(_) => (
            Failed,
            "no TLS connection to the database server could be made: its certificate or sslmode is not right",
        ),
        sqlx::Error::Protocol(_) => (
            Unavailable,
            "the database server was not understood: the connection may have been cut",
        ),
        sqlx::Error::BeginFailed => (Unavailable, "a transaction could not be begun"),
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

fn of_sql_state(state: &str, constraint: Option<&str>) -> StoreError {
    use StoreErrorKind::{Conflict, Corrupt, Failed, Unavailable};
    let class = state.get(..2).unwrap_or_default();
    let (kind, message) = match (class, state) {
        (_, UNIQUE) if constraint.is_some_and(|name| RACES.contains(&name)) => {
            (Conflict, "another unit of work wrote the same first")
        }
        (_, "40001" | "40P01") => (Conflict, "another unit of work was in the way"),
        (_, "55P03") => (Unavailable, "a lock was not given up in time"),
        (_, "57014") => (Unavailable, "a statement took too long and was cancelled"),
        (_, "25P03" | "25P04") => (Unavailable, "a unit of work took too long and was ended"),
        (_, "25P01") => (
            Failed,
            "the connection to join is in no transaction: begin one, and commit it yourself",
        ),
        (_, "25P02") => (Failed, "the transaction has failed before: roll it back"),
        (_, "25006") => (
            Unavailable,
            "the database can only be read: it is a standby, or set so",
        ),
        (_, "0A000") => (
            Unavailable,
            "the database server cannot do that now: it is a standby, or its schema has just changed",
        ),
        (_, "53100") => (Unavailable, "the disk of the database server is full"),
        (_, "53300") => (
            Unavailable,
            "the database server has no more connections: raise its max_connections, or lower ours",
        ),
        (_, "3D000") => (
            Failed,
            "the database does not exist: create it, or name another one in the URL",
        ),
        (_, "42501") => (
            Failed,
            "the database user may not do that: it must own the schema idv, or be allowed to create it",
        ),
        (_, "42P01" | "42703" | "3F000" | "42883") => {
            (Corrupt, "a table, column or function of ours is not there")
        }
        ("08", _) => (Unavailable, "the connection to the database server broke"),
        ("28", _) => (
            Failed,
            "the database server refused the user or the password",
        ),
        ("53", _) => (Unavailable, "the database server is out of resources"),
        ("57" | "58", _) => (
            Unavailable,
            "the database server is shutting down, starting or in trouble",
        ),
        ("23", _) => (Failed, "a row breaks a rule of the schema"),
        ("XX", _) => (Corrupt, "the database is damaged"),
        _ => (Failed, "a statement failed"),
    };
    StoreError::new(kind, message).with_source(SqlState(state.to_owned()))
}

/// A row that does not read back as what was written.
pub(crate) const fn corrupt(message: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

/// What cannot be done as it is configured.
pub(crate) const fn failed(message: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Failed, message)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn what_another_unit_of_work_caused_is_worth_another_try_and_a_broken_rule_is_not() {
        for state in ["40001", "40P01"] {
            assert_eq!(of_sql_state(state, None).kind, StoreErrorKind::Conflict);
        }
        for state in ["55P03", "57014", "25P03", "57P01", "08006", "53300"] {
            assert_eq!(of_sql_state(state, None).kind, StoreErrorKind::Unavailable);
        }
        for state in ["23503", "22021", "42601"] {
            assert!(!of_sql_state(state, None).is_retryable());
        }
        let raced = of_sql_state(UNIQUE, Some("one_session_per_vendor_id"));
        assert_eq!(raced.kind, StoreErrorKind::Conflict);
        assert!(!of_sql_state(UNIQUE, Some("observations_id_key")).is_retryable());
    }

    #[test]
    fn only_the_code_of_an_error_is_passed_on() {
        let error = store_error(sqlx::Error::Decode("value Jane Example".into()));
        assert!(error.source().is_none());
        assert!(!format!("{error:?} {error}").contains("Jane"));
        let error = of_sql_state("23503", None);
        assert_eq!(error.source().unwrap().to_string(), "SQLSTATE 23503");
    }
}
