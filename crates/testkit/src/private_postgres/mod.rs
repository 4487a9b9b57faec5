//! A Postgres of this test process alone, for whoever has the binaries on disk.
//!
//! ```no_run
//! # async fn open_a_store(url: &str) {}
//! # async fn a_test() {
//! use idv_testkit::private_postgres;
//!
//! let Some(database) = private_postgres::database() else { return };
//! // An empty database of this test alone, until it is dropped.
//! open_a_store(database.url()).await;
//! # }
//! ```
//!
//! - The binaries are looked for on the `PATH` and where distributions put them, the newest version first. Debian
//!   and Ubuntu call the package `postgresql`.
//! - One server per process, reachable by a socket in a folder of its own; no port, no password, nothing synced to
//!   disk (but see [`durable_database`]). When the process ends, however it ends, the server is stopped and its folder removed.
//! - `IDV_TEST_POSTGRES_URL` names a server to use instead, by a user who may create databases there. `psql` must be
//!   installed then too.
//! - Where there is neither, [`database`] says so on standard error and returns none, for the test to end. With
//!   `IDV_REQUIRE_POSTGRES=1` it panics instead: `.ci/run` sets it, so that nothing is left out there unnoticed.

mod binaries;
mod server;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::sync::OnceCell;

use self::server::{Server, Writing};

/// A database of one test. It is removed when this is dropped.
#[derive(Debug)]
pub struct Database {
    server: &'static Server,
    name: String,
    url: String,
}

impl Database {
    /// Its URL. It may hold the password of `IDV_TEST_POSTGRES_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs SQL in it. What a query finds is thrown away.
    ///
    /// # Panics
    /// If it fails.
    pub fn run(&self, sql: &str) {
        self.server.run_in(&self.url, sql);
    }

    /// Everything in it, as `pg_dump` writes it: schema and rows, bytes in hexadecimal.
    ///
    /// # Panics
    /// If `pg_dump` cannot be run.
    #[must_use]
    pub fn dump(&self) -> Vec<u8> {
        self.server.dump(&self.url)
    }

    /// Another database with the same in it. Nobody may be connected to this one.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::create(self.server, &self.name)
    }

    fn create(server: &'static Server, template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("idv_test_{}_{number}", std::process::id());
        // Two copies of one template at once may get into each other's way.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        server.run(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self {
            server,
            url: server.url_of(&name),
            name,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The test may be panicking already: a second panic would hide its message.
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        self.server.try_to_run(&drop);
    }
}

/// An empty database, or none where there is no Postgres.
///
/// # Panics
/// If there is none although `IDV_REQUIRE_POSTGRES=1`, or if there is one and it does not work.
#[must_use]
pub fn database() -> Option<Database> {
    server(Writing::ForTests).map(|server| Database::create(server, "template0"))
}

/// An empty database on another server of this process, which is set up as one is that is used for real: what is
/// committed is synced, and tables are looked after. For measurements. Or none where there is no Postgres.
///
/// # Panics
/// As [`database`] does.
#[must_use]
pub fn durable_database() -> Option<Database> {
    server(Writing::Durably).map(|server| Database::create(server, "template0"))
}

/// A copy of a database that is prepared once per process: migrated, as a rule. Or none where there is no Postgres.
///
/// `prepare` is given the URL of the database that is copied afterwards. It must close every connection to it.
///
/// # Panics
/// As [`database`] does.
pub async fn copy_of_prepared<F>(prepare: impl FnOnce(String) -> F) -> Option<Database>
where
    F: Future<Output = ()>,
{
    static PREPARED: OnceCell<Database> = OnceCell::const_new();
    let server = server(Writing::ForTests)?;
    if !server.is_private() {
        // Nobody would remove the one that is copied.
        let database = Database::create(server, "template0");
        prepare(database.url.clone()).await;
        return Some(database);
    }
    let prepared = PREPARED
        .get_or_init(|| async {
            let template = Database::create(server, "template0");
            prepare(template.url.clone()).await;
            template
        })
        .await;
    Some(Database::create(server, &prepared.name))
}

fn server(writing: Writing) -> Option<&'static Server> {
    static FOR_TESTS: OnceLock<Result<Server, String>> = OnceLock::new();
    static DURABLE: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = match writing {
        Writing::ForTests => &FOR_TESTS,
        Writing::Durably => &DURABLE,
    };
    match server.get_or_init(|| Server::start(writing)) {
        Ok(server) => Some(server),
        Err(reason) => {
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("a test");
            let message = format!(
                "NOT RUN, there is no Postgres here: {test}. {reason} To run it, install the package `postgresql` (15 or newer) or set IDV_TEST_POSTGRES_URL."
            );
            let required = std::env::var_os("IDV_REQUIRE_POSTGRES").is_some_and(|set| set == "1");
            assert!(!required, "{message} (IDV_REQUIRE_POSTGRES=1)");
            say(&message);
            None
        }
    }
}

/// Past the test harness, which hides what a test that passes has printed.
fn say(message: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Makes of each function one test per store, so that one body holds for both. The functions take the store and
/// nothing else.
///
/// Behind the name of each store stands a future that yields `Option<(store, kept)>`: the store, and whatever must
/// live as long as it does; or none where that store is not to be had. The crate needs tokio with its test macro.
///
/// ```
/// # mod tests {
/// async fn sqlite() -> Option<(u8, ())> { Some((1, ())) }
/// async fn postgres() -> Option<(u8, ())> { None }
///
/// async fn every_store_keeps_what_it_is_given(store: u8) {
///     assert_eq!(store, 1);
/// }
///
/// idv_testkit::on_every_store! {
///     sqlite: super::sqlite();
///     postgres: super::postgres();
///     every_store_keeps_what_it_is_given
/// }
/// # }
/// ```
#[macro_export]
macro_rules! on_every_store {
    ($store:ident : $open:expr; $($rest:tt)*) => {
        $crate::on_every_store! { @collect [($store, $open)] $($rest)* }
    };
    (@collect [$($stores:tt)*] $store:ident : $open:expr; $($rest:tt)*) => {
        $crate::on_every_store! { @collect [$($stores)* ($store, $open)] $($rest)* }
    };
    (@collect [$(($store:ident, $open:expr))*] $($test:ident)+) => {
        $crate::on_every_store! { @each [$(($store, $open))*] [$($test)+] }
    };
    (@each [] [$($test:ident)+]) => {};
    (@each [($store:ident, $open:expr) $($more:tt)*] [$($test:ident)+]) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    if let Some((store, _kept)) = $open.await {
                        super::$test(store).await;
                    }
                }
            )+
        }
        $crate::on_every_store! { @each [$($more)*] [$($test)+] }
    };
}
