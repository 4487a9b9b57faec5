//! Databases that are kept from one run to the next.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use idv_engine::store::Store;
use idv_sqlite::SqliteStore;

use crate::gateway::{Database, Gateway, target_folder};

/// A database in a file, in a folder of its own that outlives the run.
pub(super) struct Kept {
    folder: PathBuf,
}

const DATABASE: &str = "idv.db";
const MASTER_KEY: &str = "master.key";
/// Written last: it says that the database is whole, and holds the key to call with.
const API_KEY: &str = "api.key";

/// Where the database of so many requests is kept. Its name tells the schema, and what makes the rows: with another of
/// either it is another database. None where there is no file to keep.
pub(super) fn folder(database: Database, requests: u64) -> Result<Option<Kept>, String> {
    if database != Database::Sqlite {
        return Ok(None);
    }
    let kept = target_folder()?.join("bench").join("filled");
    let folder = kept.join(format!("sqlite-{:016x}-{requests}", written_by()));
    Ok(Some(Kept { folder }))
}

/// Changes with the migrations and with the code that fills.
fn written_by() -> u64 {
    let mut hasher = DefaultHasher::new();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sqlite/migrations");
    let migrations = fs::read_dir(migrations).unwrap();
    let mut migrations: Vec<PathBuf> = migrations.map(|file| file.unwrap().path()).collect();
    migrations.sort();
    for migration in migrations {
        fs::read(migration).unwrap().hash(&mut hasher);
    }
    for source in [
        include_str!("copy.rs"),
        include_str!("story.rs"),
        include_str!("pour.rs"),
        include_str!("template.rs"),
    ] {
        source.hash(&mut hasher);
    }
    hasher.finish()
}

impl Kept {
    pub(super) fn is_whole(&self) -> bool {
        self.folder.join(API_KEY).is_file()
    }

    pub(super) fn api_key(&self) -> String {
        fs::read_to_string(self.folder.join(API_KEY)).unwrap()
    }

    /// Takes the database of a gateway that does not run.
    pub(super) fn take_from(&self, gateway: &Gateway) {
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(&self.folder).unwrap();
        for file in fs::read_dir(gateway.folder()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().to_string_lossy().into_owned();
            if name.starts_with(DATABASE) || name == MASTER_KEY {
                fs::rename(file.path(), self.folder.join(name)).unwrap();
            }
        }
    }

    pub(super) async fn store(&self) -> Arc<dyn Store> {
        let store = SqliteStore::open(&self.folder.join(DATABASE)).await;
        Arc::new(store.unwrap())
    }

    pub(super) fn is_done(&self, api_key: &str) {
        fs::write(self.folder.join(API_KEY), api_key).unwrap();
    }

    /// Has a gateway that does not run use this database.
    pub(super) fn is_used_by(&self, gateway: &Gateway) {
        let file = gateway.folder().join("idv.toml");
        let mut config = fs::read_to_string(&file).unwrap();
        for name in [DATABASE, MASTER_KEY] {
            let own = gateway.folder().join(name).display().to_string();
            assert!(config.contains(&own), "{config}");
            let kept = self.folder.join(name).display().to_string();
            config = config.replace(&own, &kept);
        }
        fs::write(file, config).unwrap();
    }
}
