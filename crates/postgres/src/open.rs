//! Opening a database.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use idv_core::Secret;
use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgPool};
use url::Url;

use crate::failure::{failed, store_error};
use crate::settings::PostgresSettings;
use crate::{PostgresStore, schema};

/// The oldest server the tests have been run with, as `server_version_num` writes it.
const OLDEST_SERVER: u32 = 150_000;
/// How long to wait for a replica that is migrating.
const MIGRATION_LOCK_TIMEOUT: Duration = Duration::from_secs(120);

impl PostgresStore {
    /// Whether this can be read as the URL of a database. Nothing is connected to.
    ///
    /// # Errors
    /// [`StoreError`] of kind [`StoreErrorKind::Failed`], as [`PostgresStore::open`] would say it.
    pub fn check_url(url: &Secret) -> Result<(), StoreError> {
        read(url).map(drop)
    }

    /// Opens the database at this URL and brings its schema up to date. Any number of replicas may do so at once:
    /// one migrates, the others wait for it.
    ///
    /// The URL is `postgres://user:password@host:5432/database`; `sslmode=verify-full` and `sslrootcert=<file>` are
    /// the parameters to know. It is never part of an error or a log.
    ///
    /// # Errors
    /// [`StoreError`] of kind [`StoreErrorKind::Unavailable`] if the server cannot be reached;
    /// [`StoreErrorKind::Failed`] if the URL cannot be read, the server refuses us or is older than Postgres 15;
    /// [`StoreErrorKind::Corrupt`] if the database was written by a newer version or had its schema changed. It is
    /// then left as it is.
    pub async fn open(url: &Secret, settings: &PostgresSettings) -> Result<Self, StoreError> {
        let options = read(url)?;
        prepare(&options, settings.acquire_timeout).await?;
        let pool = pool(options, settings).await?;
        Ok(Self {
            pool,
            claims: Arc::default(),
            rollbacks: Arc::default(),
        })
    }
}

/// What may stand behind the question mark. sqlx logs a parameter it does not know, with its value, and that value
/// may be a misspelt password.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "statement-cache-capacity",
];

fn read(url: &Secret) -> Result<PgConnectOptions, StoreError> {
    const UNREADABLE: StoreError = failed(
        "the Postgres URL cannot be read: it looks like postgres://user:password@host:5432/database, with special characters in the password written as %40",
    );
    // Neither error is passed on: both can quote a part of the URL.
    let parsed = Url::parse(url.expose()).map_err(|_| UNREADABLE)?;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") {
        return Err(UNREADABLE);
    }
    if parsed
        .query_pairs()
        .any(|(name, _)| !PARAMETERS.contains(&name.as_ref()))
    {
        return Err(failed(
            "the Postgres URL has a parameter that is not known here: sslmode, sslrootcert, sslcert, sslkey and host are the usual ones",
        ));
    }
    let options = PgConnectOptions::from_str(url.expose()).map_err(|_| UNREADABLE)?;
    let options = match options.get_application_name() {
        None => options.application_name("idv"),
        Some(_) => options,
    };
    // Every name in a statement is whole, so nothing of the application's is found by chance.
    Ok(options.options([("search_path", "pg_catalog")]))
}

/// Looks at the server and migrates, over a connection of its own: a migration may take longer than a statement may,
/// and a failed one may keep a lock until its connection is closed.
async fn prepare(options: &PgConnectOptions, patience: Duration) -> Result<(), StoreError> {
    let lock_timeout = millis(MIGRATION_LOCK_TIMEOUT);
    let options = options.clone().options([("lock_timeout", lock_timeout)]);
    // A host that drops packets answers with nothing at all.
    let mut connection = tokio::time::timeout(patience, PgConnection::connect_with(&options))
        .await
        .map_err(|_| unreachable())?
        .map_err(connect_error)?;
    let prepared = prepare_over(&mut connection).await;
    // Dropped, it is closed all the same.
    let _ = connection.close().await;
    prepared
}

async fn prepare_over(connection: &mut PgConnection) -> Result<(), StoreError> {
    must_be_new_enough(connection.server_version_num())?;
    schema::migrate(connection).await?;
    schema::must_be_whole(connection).await
}

fn must_be_new_enough(server: Option<u32>) -> Result<(), StoreError> {
    match server {
        Some(version) if version >= OLDEST_SERVER => Ok(()),
        _ => Err(failed(
            "the database server is older than Postgres 15: upgrade it, or use another server",
        )),
    }
}

async fn pool(
    options: PgConnectOptions,
    settings: &PostgresSettings,
) -> Result<PgPool, StoreError> {
    let whole_unit = settings.statement_timeout + settings.idle_in_transaction_timeout;
    let options = options.options([
        ("statement_timeout", millis(settings.statement_timeout)),
        ("lock_timeout", millis(settings.lock_timeout)),
        (
            "idle_in_transaction_session_timeout",
            millis(settings.idle_in_transaction_timeout),
        ),
        // A commit is on disk when it returns, whatever the server's own setting says.
        ("synchronous_commit", "on".to_owned()),
        // Statements here are short. The planner expects more of some and would compile them each time, which takes a
        // hundred times as long as running them.
        ("jit", "off".to_owned()),
    ]);
    PgPoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.acquire_timeout)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if connection.server_version_num() >= Some(170_000) {
                    let limit = format!("SET transaction_timeout = {}", whole_unit.as_millis());
                    connection.execute(sqlx::AssertSqlSafe(limit)).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .map_err(connect_error)
}

fn millis(time: Duration) -> String {
    time.as_millis().to_string()
}

/// What keeps us from the server in the first place.
fn connect_error(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(error) => unreachable().with_source(std::io::Error::from(error.kind())),
        sqlx::Error::PoolTimedOut => unreachable(),
        error => store_error(error),
    }
}

const fn unreachable() -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        "the database server cannot be reached: is it running, are host and port of its URL right, and does a firewall let us through?",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_older_than_15_is_refused_with_the_remedy() {
        for version in [None, Some(90_624), Some(140_020)] {
            let error = must_be_new_enough(version).unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Failed);
            assert!(error.to_string().contains("upgrade it"), "{error}");
        }
        for version in [150_000, 150_012, 180_001] {
            must_be_new_enough(Some(version)).unwrap();
        }
    }
}
