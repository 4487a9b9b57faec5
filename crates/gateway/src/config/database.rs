//! Which database.

use std::fmt;
use std::path::PathBuf;

use idv_core::Secret;
use idv_postgres::{PostgresSettings, PostgresStore};

use super::secrets;
use super::section::{Complaints, Section};
use super::tree::Origin;

/// Which database.
#[derive(Clone, Debug)]
pub enum DatabaseSettings {
    /// A SQLite file.
    Sqlite {
        /// Its path.
        path: PathBuf,
    },
    /// A Postgres database, which several replicas may share.
    Postgres {
        /// Its URL. It may hold a password.
        url: Secret,
        /// The connections to it.
        settings: PostgresSettings,
    },
}

impl DatabaseSettings {
    /// The setting that names it.
    pub(crate) const fn setting(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "database.path",
            Self::Postgres { .. } => "database.url",
        }
    }

    /// What to do if it cannot be opened.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => {
                "name a file in a folder this user may write to with database.path, and one that idv has made"
            }
            Self::Postgres { .. } => {
                "name a database of its own, on a Postgres 15 or newer that can be reached from here, with database.url"
            }
        }
    }
}

impl fmt::Display for DatabaseSettings {
    /// For people, without the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "the database {}", path.display()),
            Self::Postgres { .. } => f.write_str("the Postgres database of database.url"),
        }
    }
}

pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Option<DatabaseSettings> {
    let path = section.text("path", "the path of the SQLite file", complaints);
    let url = secrets::one(&mut section, "url", "url_file", complaints);
    let connections = section.whole("connections", "connections", 2..=1000, complaints);
    let settings = match (url, path) {
        // The usual file is only where to look if nothing else was said.
        (Some(url), path) => {
            if let Some(path) = path.filter(|path| path.origin != Origin::Default) {
                let name = section.name_of("path");
                complaints.add(
                    &path.origin,
                    &name,
                    "is given, and url as well",
                    "keep one of the two: a path for SQLite, a url for Postgres",
                );
            }
            if let Err(error) = PostgresStore::check_url(&url.value) {
                let name = section.name_of("url");
                complaints.add(&url.origin, &name, "cannot be used", error.message);
            }
            let mut settings = PostgresSettings::default();
            if let Some(connections) = connections.and_then(|most| u32::try_from(most).ok()) {
                settings.connections = connections;
            }
            Some(DatabaseSettings::Postgres {
                url: url.value,
                settings,
            })
        }
        (None, Some(path)) => Some(DatabaseSettings::Sqlite {
            path: PathBuf::from(path.value),
        }),
        (None, None) => None,
    };
    section.finish(complaints);
    settings
}
