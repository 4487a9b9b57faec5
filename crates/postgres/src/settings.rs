//! What can be chosen about the connections.

use std::time::Duration;

/// What can be chosen about the connections. The default is right for one gateway beside a Postgres of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresSettings {
    /// The most connections at a time. Of all replicas together, it must stay below the server's `max_connections`.
    pub connections: u32,
    /// How long to wait for a connection, also at the start.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long to wait for a lock that another unit of work has.
    pub lock_timeout: Duration,
    /// How long a unit of work may do nothing before it is ended, and its locks are free. From Postgres 17 on, it
    /// may not take longer than this and [`PostgresSettings::statement_timeout`] together, whatever it does.
    pub idle_in_transaction_timeout: Duration,
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self {
            connections: 10,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            idle_in_transaction_timeout: Duration::from_secs(30),
        }
    }
}
