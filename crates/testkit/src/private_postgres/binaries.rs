//! Finding the server's programs.

use std::path::{Path, PathBuf};

/// Where distributions put them, if not on the `PATH`: folders with one folder per version.
const VERSIONED: [&str; 3] = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"];
const FIXED: [&str; 4] = [
    "/usr/libexec/postgresql",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/bin",
    "/usr/bin",
];

/// The folder that has `initdb`, `postgres` and `psql`.
pub(super) fn folder() -> Option<PathBuf> {
    candidates().into_iter().find(|folder| has_all(folder))
}

fn has_all(folder: &Path) -> bool {
    ["initdb", "postgres", "psql"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// Newest first.
fn candidates() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = VERSIONED
        .iter()
        .filter_map(|parent| std::fs::read_dir(parent).ok())
        .flatten()
        .flatten()
        .map(|entry| (version(&entry.path()), entry.path().join("bin")))
        .collect();
    found.sort();
    found.reverse();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path)
        // A link on the path points to a folder that has all of them.
        .flat_map(|folder| {
            let real = std::fs::canonicalize(folder.join("initdb")).ok();
            let real = real.and_then(|program| program.parent().map(Path::to_path_buf));
            [Some(folder), real]
        })
        .flatten();
    found
        .into_iter()
        .map(|(_, folder)| folder)
        .chain(on_path)
        .chain(FIXED.map(PathBuf::from))
        .collect()
}

/// The number in a folder's name: `15`, `postgresql@16`.
fn version(folder: &Path) -> u32 {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_number_in_a_folders_name() {
        for (name, number) in [("15", 15), ("postgresql@16", 16), ("lib", 0)] {
            assert_eq!(version(&Path::new("/opt").join(name)), number);
        }
    }
}
