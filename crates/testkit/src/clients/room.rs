//! Where the tools of one list lie, and that only one process at a time puts them there.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder below the target directory, named after the language and what was asked for.
pub(super) fn of(language: &str, asked_for: impl Hash) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    asked_for.hash(&mut hasher);
    let program = std::env::current_exe().expect("this program has a place");
    target_directory(&program).join(format!("{language}-{:016x}", hasher.finish()))
}

/// A test lies in `<target>/<profile>/deps/`, a program in `<target>/<profile>/`.
fn target_directory(program: &Path) -> &Path {
    let folder = program.parent().expect("a program lies in a folder");
    let profile = match folder.file_name() {
        Some(name) if name == "deps" => folder.parent(),
        _ => Some(folder),
    };
    let target = profile.and_then(Path::parent);
    target.expect("a profile lies in the target directory")
}

/// Furnishes a room unless it is whole. Others who want the same room wait, in this process and in any other; what was
/// left half done is done again.
///
/// # Errors
/// Whatever kept it from being whole.
pub(super) fn furnish(
    room: &Path,
    furnish: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let whole = room.join("whole");
    if whole.exists() {
        return Ok(());
    }
    let lock = File::create(room.with_extension("lock")).map_err(|error| error.to_string())?;
    // The system lets go of it when the process ends, however it ends.
    lock.lock().map_err(|error| error.to_string())?;
    if whole.exists() {
        return Ok(());
    }
    furnish()?;
    fs::write(whole, "").map_err(|error| error.to_string())
}

/// Runs an installer to its end.
///
/// # Errors
/// The last thing it said, if it failed.
pub(super) fn install(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output();
    let output = output.map_err(|error| format!("{program} does not run ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    Err(format!("{program} failed: {}", last.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn the_target_directory_is_found_from_a_test_and_from_a_program() {
        for program in ["target/debug/deps/sdks-0123", "target/debug/idv-under-test"] {
            assert_eq!(target_directory(Path::new(program)), Path::new("target"));
        }
    }

    #[test]
    fn many_who_want_one_room_furnish_it_once() {
        let dir = tempfile::tempdir().unwrap();
        let room = dir.path().join("python-1");
        let (times, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let furnished = || {
            furnish(&room, || {
                assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0);
                fs::create_dir_all(&room).unwrap();
                std::thread::yield_now();
                at_once.fetch_sub(1, Ordering::SeqCst);
                times.fetch_add(1, Ordering::SeqCst);
                Ok(())
            })
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(furnished)).collect();
            for one in all {
                assert_eq!(one.join().unwrap(), Ok(()));
            }
        });
        assert_eq!(times.into_inner(), 1);
    }

    #[test]
    fn a_room_that_was_left_half_done_is_done_again() {
        let dir = tempfile::tempdir().unwrap();
        let room = dir.path().join("python-1");
        fs::create_dir_all(&room).unwrap();
        let broken = furnish(&room, || Err("no network".to_owned()));
        assert_eq!(broken, Err("no network".to_owned()));
        let mut again = false;
        furnish(&room, || {
            again = true;
            Ok(())
        })
        .unwrap();
        assert!(again);
        furnish(&room, || Err("it is whole already".to_owned())).unwrap();
    }
}
