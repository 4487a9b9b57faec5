//! A URL holds a password, and nothing that is said about it does. In a process of its own: a log is captured.
#![cfg(test)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use idv_core::Secret;
use idv_engine::store::{Store as _, StoreError};
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_testkit::private_postgres;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

const PASSWORD: &str = "hunter2-and-a-half";

async fn open(url: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&Secret::from(url), &PostgresSettings::default()).await
}

/// Whatever went wrong, told to the end.
fn whole(error: &StoreError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(below) = source {
        text.push_str(&format!(" {below} {below:?}"));
        source = below.source();
    }
    text
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_password_is_in_an_error_or_a_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut urls = vec![
        format!("postgres://idv:{PASSWORD}@127.0.0.1:1/idv"),
        format!("postgres://idv:{PASSWORD}@no-such-host.invalid/idv"),
        format!("postgres://idv:{PASSWORD}@localhost:port/idv"),
        format!("postgres://idv@127.0.0.1:1/idv?pasword={PASSWORD}"),
        format!("postgres://idv@127.0.0.1:1/idv?password={PASSWORD}&sslmode={PASSWORD}"),
        format!("{PASSWORD}://idv@localhost/idv"),
    ];
    let database = private_postgres::database();
    if let Some(database) = &database {
        let with_password = database.url().replace("idv@", &format!("idv:{PASSWORD}@"));
        urls.push(with_password.replace(database.name(), "no_such_database"));
        urls.push(with_password.replace("idv:", "nobody_we_know:"));
        let store = open(&with_password).await.unwrap();
        store.check().await.unwrap();
        assert!(!format!("{store:?}").contains(PASSWORD));
        store.close().await;
    }
    for url in &urls {
        let error = open(url).await.unwrap_err();
        assert!(!whole(&error).contains(PASSWORD), "{error:?}");
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains(PASSWORD), "{log}");
    if database.is_some() {
        assert!(log.contains("SELECT"), "it is a log of everything: {log}");
    }
}
