//! A gateway, put together: database, master key, accounts, engine, HTTP server.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{Clock, SystemClock};
use idv_engine::crypt::MissingMasterKeys;
use idv_engine::store::{StoreError, StoreErrorKind};
use idv_engine::{Account, Accounts, Engine, OpenError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::database::Database;
use crate::events_out::{self, NoWayToEndpoints};
use crate::mail::{SmtpMailer, UnusableCertificates};
use crate::master_key::{self, MasterKeyProblem};
use crate::providers::{self, ConnectError};
use crate::routes::{self, Api};
use crate::server::{self, Drained, Shutdown};

/// How long the work under way may take to end once the last connection is closed. What does not end in time comes
/// back when its lease is up.
const WORKERS_GRACE: Duration = Duration::from_secs(5);

/// How long the database may take to be closed then.
const DATABASE_GRACE: Duration = Duration::from_secs(2);

/// A gateway that is ready to serve.
pub(crate) struct Gateway {
    database: Database,
    engine: Engine,
    clock: Arc<dyn Clock>,
    settings: Settings,
}

/// A gateway could not be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenProblem {
    #[error("{database} cannot be opened ({}): {remedy}", reasons(error))]
    Database {
        database: String,
        remedy: &'static str,
        #[source]
        error: StoreError,
    },
    #[error(
        "{database} is not available ({}): try again when it is, or see whether {setting} names the right one; nothing \
         was changed",
        reasons(error)
    )]
    DatabaseAway {
        database: String,
        setting: &'static str,
        #[source]
        error: StoreError,
    },
    #[error(transparent)]
    MasterKey(#[from] MasterKeyProblem),
    #[error(
        "the master key does not fit {database}: give the key the database was first started with, in \
         encryption.master_key_file or IDV_ENCRYPTION__MASTER_KEY; nothing was changed"
    )]
    WrongMasterKey { database: String },
    #[error(
        "keys in {database} are wrapped by {missing}, and that is not configured: put it into \
         encryption.old_master_keys_file or IDV_ENCRYPTION__OLD_MASTER_KEYS__0; once `idv key rotate-master` has come \
         to its end, it is not needed any more; nothing was changed"
    )]
    MissingMasterKeys {
        database: String,
        missing: MissingMasterKeys,
    },
    #[error("{0}")]
    Account(#[from] ConnectError),
    #[error(transparent)]
    Mail(#[from] UnusableCertificates),
    #[error(transparent)]
    Endpoints(#[from] NoWayToEndpoints),
    #[error("the engine could not be started: {0}")]
    Engine(OpenError),
}

impl OpenProblem {
    /// Why the keys do not fit the database.
    pub(crate) fn of(error: OpenError, settings: &Settings) -> Self {
        let database = settings.database.to_string();
        match error {
            OpenError::WrongMasterKey => Self::WrongMasterKey { database },
            OpenError::MissingMasterKeys { missing } => {
                Self::MissingMasterKeys { database, missing }
            }
            other => Self::Engine(other),
        }
    }

    /// True if the operator must change a setting or put a file back; else the machine has a problem.
    pub(crate) const fn is_about_settings(&self) -> bool {
        !matches!(
            self,
            Self::DatabaseAway { .. }
                | Self::Engine(_)
                | Self::MasterKey(MasterKeyProblem::Store(_))
        )
    }
}

/// An error and everything below it, in one line.
pub(crate) fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        text.push_str(": ");
        text.push_str(&error.to_string());
        below = error.source();
    }
    text
}

/// Opens the database alone, for commands that need no more.
pub(crate) async fn open_database(settings: &Settings) -> Result<Database, OpenProblem> {
    Database::open(&settings.database)
        .await
        .map_err(|error| unopened(settings, error))
}

/// A database that is merely away is no fault of the settings.
fn unopened(settings: &Settings, error: StoreError) -> OpenProblem {
    let database = settings.database.to_string();
    match error.kind {
        StoreErrorKind::Unavailable => OpenProblem::DatabaseAway {
            database,
            setting: settings.database.setting(),
            error,
        },
        _ => OpenProblem::Database {
            database,
            remedy: settings.database.remedy(),
            error,
        },
    }
}

impl Gateway {
    /// Puts a gateway together. With a wrong or a lost master key nothing is written.
    pub(crate) async fn open(settings: Settings) -> Result<Self, OpenProblem> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let accounts = accounts(&settings, &clock)?;
        let database = open_database(&settings).await?;
        let store = database.store();
        let master = master_key::obtain(&settings, &*store).await?;
        let engine_settings = settings.engine.clone();
        #[cfg(feature = "fault-points")]
        let engine_settings = crate::fault_points::with_short_leases(engine_settings);
        let engine = Engine::open(store, accounts, master, Arc::clone(&clock), engine_settings)
            .await
            .map_err(|error| OpenProblem::of(error, &settings))?;
        let engine = match &settings.mail {
            Some(mail) => engine.with_mailer(Arc::new(SmtpMailer::new(mail)?)),
            None => engine,
        };
        let engine = events_out::connect(engine, &settings.endpoints)?;
        Ok(Self {
            database,
            engine,
            clock,
            settings,
        })
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets the database go. For commands that do one thing and end.
    pub(crate) async fn close(self) {
        self.database.close().await;
    }

    /// Serves until the shutdown has stopped the server; then finishes the requests and the work under way.
    pub(crate) async fn serve(self, listener: TcpListener, shutdown: Shutdown) -> Drained {
        let server = &self.settings.server;
        let api = Api::new(self.engine.clone(), self.clock, shutdown.clone(), server);
        let refusals = api.refusals().clone();
        let router = server::around(routes::router(api), server.request_timeout);

        let end_of_work = CancellationToken::new();
        let workers = tokio::spawn(self.engine.run(end_of_work.clone()));
        let drained = server::serve(listener, router, server, shutdown.stop()).await;
        refusals.log();
        // Last of all: until the last connection is closed, webhooks come in.
        end_of_work.cancel();
        if tokio::time::timeout(WORKERS_GRACE, workers).await.is_err() {
            tracing::warn!(
                "work under way did not end in time; it comes back when its lease is up"
            );
        }
        // A request that was cut off may still hold a connection to the database.
        if tokio::time::timeout(DATABASE_GRACE, self.database.close())
            .await
            .is_err()
        {
            tracing::warn!("the database was not let go in time; what was not committed is undone");
        }
        drained
    }
}

fn accounts(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Accounts, ConnectError> {
    let account = |account: &crate::config::AccountSettings| {
        let connected = providers::connect(account, &settings.outbound, Arc::clone(clock))?;
        Ok::<_, ConnectError>(Account {
            id: account.id.clone(),
            provider: connected.provider,
            environment: account.environment,
            can_fetch: account.api_key.is_some(),
            unmatched: account.unmatched,
            siblings: account.webhook_siblings.clone(),
            health: connected.health,
        })
    };
    let accounts = settings
        .accounts
        .iter()
        .map(account)
        .collect::<Result<_, ConnectError>>()?;
    Ok(Accounts::new(accounts, settings.default_account.clone()))
}

/// Whether the database can be read and written.
pub(crate) async fn database_is_well(engine: &Engine) -> bool {
    /// A database that takes longer than this to say so is not well.
    const PATIENCE: Duration = Duration::from_secs(2);
    match tokio::time::timeout(PATIENCE, engine.store().check()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(error = reasons(&error), "the database is not ready");
            false
        }
        Err(_) => {
            tracing::warn!("the database did not answer in time");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use idv_core::AccountId;

    use super::*;
    use crate::config::load;
    use crate::providers::PROVIDERS;

    #[test]
    fn a_database_that_is_away_is_no_fault_of_the_settings() {
        let settings = load(None, []).unwrap().settings;
        for (kind, is_about_settings) in [
            (StoreErrorKind::Unavailable, false),
            (StoreErrorKind::Corrupt, true),
            (StoreErrorKind::Failed, true),
        ] {
            let problem = unopened(&settings, StoreError::new(kind, "it did not answer"));
            assert_eq!(problem.is_about_settings(), is_about_settings, "{problem}");
            let is_told_to_name_another = problem.to_string().contains("name a file");
            assert_eq!(is_told_to_name_another, is_about_settings, "{problem}");
            assert!(problem.to_string().contains("database.path"), "{problem}");
            assert!(
                problem.to_string().contains("it did not answer"),
                "{problem}"
            );
        }
    }

    #[test]
    fn siblings_of_the_configuration_are_siblings_for_the_engine() {
        let kind = PROVIDERS.iter().find(|kind| !kind.wants_webhook_secrets);
        let kind = kind.expect("there is one").id;
        let account = |name: &str, environment: &str, more: &str| {
            format!(
                "[accounts.{name}]\nprovider = \"{kind}\"\nenvironment = \"{environment}\"\n\
                 api_key = \"k\"\n{more}[accounts.{name}.options]\nclient_id = \"c\"\n"
            )
        };
        let siblings = "webhook_siblings = [\"sandbox\"]\n";
        let text = account("live", "live", siblings) + &account("sandbox", "sandbox", "");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idv.toml");
        std::fs::write(&file, text).unwrap();
        let settings = load(Some(&file), []).unwrap().settings;

        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let accounts = accounts(&settings, &clock).unwrap();
        let of = |name| &accounts.get(&AccountId::new(name)).unwrap().siblings;
        assert_eq!(*of("live"), [AccountId::new("sandbox")]);
        assert!(of("sandbox").is_empty());
    }
}
