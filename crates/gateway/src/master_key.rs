//! The master key: from the environment, or from a file that is made on the very first start and never again.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use idv_core::Secret;
use idv_engine::Engine;
use idv_engine::crypt::{MasterKey, MasterKeyError, MasterKeys};
use idv_engine::store::{Store, StoreError};

use crate::config::{MasterKeySource, Settings};

/// There is no master key to start with. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MasterKeyProblem {
    #[error(
        "the master key in encryption.master_key (IDV_ENCRYPTION__MASTER_KEY) is not 32 bytes in base64: give the \
         key this database was first started with, or for a new one the output of `openssl rand -base64 32`"
    )]
    MalformedSetting,
    #[error(
        "a key in encryption.old_master_keys or encryption.old_master_keys_file is not 32 bytes in base64: give each \
         key as it stood in encryption.master_key or its file before"
    )]
    MalformedOld,
    #[error(
        "the master key file {} does not hold 32 bytes in base64: put back the key this database was first started \
         with; without it the personal data in it cannot be read",
        .0.display()
    )]
    MalformedFile(PathBuf),
    #[error(
        "the master key file {} is missing, and the database has been used with one: put the key back there, or \
         name its place with encryption.master_key_file; without it the personal data cannot be read. For a fresh \
         start, name another database.path",
        .0.display()
    )]
    Lost(PathBuf),
    #[error(
        "the master key file {} can be read or changed by others (mode {mode:o}): run `chmod 600 {}`",
        path.display(), path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the master key file {} cannot be read or made ({error}): let this user do so, or name another place with encryption.master_key_file", path.display())]
    File {
        path: PathBuf,
        #[source]
        error: std::io::Error,
    },
    #[error("the machine gave no random bytes for a master key")]
    NoRandomness,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads the master keys. Makes one if there is none and the database has never seen one.
pub(crate) async fn obtain(
    settings: &Settings,
    store: &dyn Store,
) -> Result<MasterKeys, MasterKeyProblem> {
    let earlier = settings
        .old_master_keys
        .iter()
        .map(MasterKey::from_base64)
        .collect::<Result<_, _>>()
        .map_err(|_| MasterKeyProblem::MalformedOld)?;
    let current = obtain_current(&settings.master_key, store).await?;
    Ok(MasterKeys { current, earlier })
}

async fn obtain_current(
    source: &MasterKeySource,
    store: &dyn Store,
) -> Result<MasterKey, MasterKeyProblem> {
    let path = match source {
        MasterKeySource::Given(text) => {
            return MasterKey::from_base64(text).map_err(|_| MasterKeyProblem::MalformedSetting);
        }
        MasterKeySource::File(path) => path,
    };
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    if Engine::is_initialised(store).await? {
        return Err(MasterKeyProblem::Lost(path.clone()));
    }
    let key = MasterKey::generate().map_err(|error| match error {
        MasterKeyError::Malformed => MasterKeyProblem::MalformedFile(path.clone()),
        _ => MasterKeyProblem::NoRandomness,
    })?;
    write_new(path, &key)?;
    tracing::info!(path = %path.display(), key_id = key.key_id(), "made a master key: keep a copy of it elsewhere");
    Ok(key)
}

/// None if there is no such file.
fn read(path: &Path) -> Result<Option<MasterKey>, MasterKeyProblem> {
    let failed = |error| MasterKeyProblem::File {
        path: path.to_owned(),
        error,
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if let Some(mode) = exposed_mode(&file).map_err(failed)? {
        let path = path.to_owned();
        return Err(MasterKeyProblem::Exposed { path, mode });
    }
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Err(MasterKeyProblem::MalformedFile(path.to_owned()));
        }
        Err(error) => return Err(failed(error)),
    }
    MasterKey::from_base64(&Secret::new(text))
        .map(Some)
        .map_err(|_| MasterKeyProblem::MalformedFile(path.to_owned()))
}

/// The file's mode, if it lets anybody but the owner in. Asked of the open file, so that it cannot be swapped.
#[cfg(unix)]
pub(crate) fn exposed_mode(file: &File) -> std::io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

#[cfg(not(unix))]
pub(crate) fn exposed_mode(_: &File) -> std::io::Result<Option<u32>> {
    Ok(None)
}

/// Writes the key to a file that did not exist, and to the disk: the first person encrypted under a key that is
/// lost in a power cut would be lost with it.
fn write_new(path: &Path, key: &MasterKey) -> Result<(), MasterKeyProblem> {
    let failed = |error| MasterKeyProblem::File {
        path: path.to_owned(),
        error,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    let mut text = key.to_base64().expose().clone();
    text.push('\n');
    let text = Secret::new(text);
    file.write_all(text.expose().as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Not every system lets a folder be synced; the file itself is on disk already.
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
