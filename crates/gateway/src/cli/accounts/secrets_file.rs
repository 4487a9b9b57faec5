//! The file with an account's webhook secrets, one per line, and beside it what says which registration each is of.
//!
//! Both are replaced whole, on the disk and at once. The file beside, `<name>.registrations`, holds no secret: a line for
//! each registration that was made here, with its id and a digest of its secret. Whatever a crash leaves undone shows as
//! a registration whose secret is not known here.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use idv_core::{Secret, WebhookRegistration};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

#[derive(Debug)]
pub(super) struct SecretsFile {
    path: PathBuf,
}

/// A registration that was made here.
struct Entry {
    id: String,
    digest: String,
}

impl SecretsFile {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Tries that the file can be replaced, so that nothing is registered whose secret could not be kept.
    pub(super) fn check_writable(&self) -> io::Result<()> {
        let target = real(&self.path)?;
        self.secrets()?;
        temporary_beside(&target).map(drop)
    }

    /// True if what proves the webhooks of a registration is in the file.
    pub(super) fn knows(&self, registration: &WebhookRegistration) -> io::Result<bool> {
        let digests: Vec<_> = self.secrets()?.iter().map(digest).collect();
        if let Some(secret) = &registration.secret {
            return Ok(digests.contains(&digest(secret)));
        }
        let mut made_here = self.entries()?.into_iter();
        Ok(made_here.any(|entry| entry.id == registration.id && digests.contains(&entry.digest)))
    }

    /// True if a registration of this id was made here.
    pub(super) fn has_made(&self, id: &str) -> io::Result<bool> {
        Ok(self.entries()?.iter().any(|entry| entry.id == id))
    }

    /// Adds the secret of a registration. When this returns, it is on the disk.
    pub(super) fn add(&self, id: &str, secret: &Secret) -> io::Result<()> {
        if secret.is_blank()
            || secret.expose().contains(['\n', '\r'])
            || id.contains(['\n', '\r', ' '])
        {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "the vendor gave an id or a secret that is none",
            ));
        }
        let mut secrets = self.secrets()?;
        if !secrets.contains(secret) {
            secrets.push(secret.clone());
            self.replace_secrets(&secrets)?;
        }
        let mut entries = self.entries()?;
        entries.retain(|entry| entry.id != id);
        entries.push(Entry {
            id: id.to_owned(),
            digest: digest(secret),
        });
        self.replace_entries(&entries)
    }

    /// Takes out what belongs to a registration that has ended. The last secret stays: without one no account is whole.
    /// True if a secret was taken out.
    pub(super) fn forget(&self, id: &str) -> io::Result<bool> {
        let (gone, entries): (Vec<_>, Vec<_>) = self
            .entries()?
            .into_iter()
            .partition(|entry| entry.id == id);
        let is_of_gone = |secret: &Secret| gone.iter().any(|entry| entry.digest == digest(secret));
        let mut secrets = self.secrets()?;
        let before = secrets.len();
        let is_all = secrets.iter().all(is_of_gone);
        if !is_all {
            secrets.retain(|secret| !is_of_gone(secret));
        }
        let is_changed = secrets.len() < before;
        if is_changed {
            self.replace_secrets(&secrets)?;
        }
        if !gone.is_empty() {
            self.replace_entries(&entries)?;
        }
        Ok(is_changed)
    }

    fn secrets(&self) -> io::Result<Vec<Secret>> {
        let text = read(&self.path)?;
        let lines = text.expose().lines();
        Ok(lines
            .filter(|line| !line.trim().is_empty())
            .map(Secret::from)
            .collect())
    }

    fn replace_secrets(&self, secrets: &[Secret]) -> io::Result<()> {
        let mut text = String::new();
        for secret in secrets {
            text.push_str(secret.expose());
            text.push('\n');
        }
        replace(&self.path, &Secret::new(text))
    }

    fn beside(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".registrations");
        PathBuf::from(name)
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let text = read(&self.beside())?;
        let entry = |line: &str| {
            let (id, digest) = line.split_once(' ')?;
            Some(Entry {
                id: id.to_owned(),
                digest: digest.to_owned(),
            })
        };
        Ok(text.expose().lines().filter_map(entry).collect())
    }

    fn replace_entries(&self, entries: &[Entry]) -> io::Result<()> {
        let lines: String = entries
            .iter()
            .flat_map(|entry| [&entry.id, " ", &entry.digest, "\n"])
            .collect();
        replace(&self.beside(), &Secret::new(lines))
    }
}

/// Half a SHA-256: it tells secrets apart, and nobody finds a random secret by it.
fn digest(secret: &Secret) -> String {
    let digest = Sha256::digest(secret.expose().as_bytes());
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What is in a file; nothing if it is not there.
fn read(path: &Path) -> io::Result<Secret> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Secret::new(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Secret::new(String::new())),
        Err(error) => Err(error),
    }
}

/// The file a link leads to: the link stays.
fn real(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Ok(real) => Ok(real),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A file for its owner only, who is that of the file it will replace: a server that reads the one reads the other.
fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new()
        .prefix(".idv-")
        .tempfile_in(folder(path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o600))?;
        if let Ok(earlier) = std::fs::metadata(path) {
            let new = file.as_file().metadata()?;
            if (earlier.uid(), earlier.gid()) != (new.uid(), new.gid()) {
                std::os::unix::fs::fchown(&file, Some(earlier.uid()), Some(earlier.gid()))?;
            }
        }
    }
    Ok(file)
}

fn replace(path: &Path, text: &Secret) -> io::Result<()> {
    let path = real(path)?;
    let mut file = temporary_beside(&path)?;
    file.write_all(text.expose().as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    // Not every system lets a folder be synced; the file itself is on disk already.
    if let Ok(folder) = File::open(folder(&path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}
