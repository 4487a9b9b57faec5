//! Samples of real vendors that lie beside the repository, not in it.

use std::path::{Path, PathBuf};

/// The folder with a vendor's samples, for tests that can run without them.
///
/// It is `vendors/samples/<vendor>` below the directory that the environment names in `IDV_SHARED_DIR`, else below
/// `../shared` beside the workspace. Where it is absent, this prints that `cases` cases are skipped and returns none.
///
/// # Panics
/// If it is absent and the environment says `IDV_REQUIRE_SAMPLES=1`.
#[must_use]
#[expect(
    clippy::print_stderr,
    reason = "a test that skips its cases must say so"
)]
pub fn shared_samples(vendor: &str, cases: usize) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("IDV_SHARED_DIR").map_or(beside, PathBuf::from);
    let folder = shared.join("vendors/samples").join(vendor);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("IDV_REQUIRE_SAMPLES").is_none_or(|value| value != "1"),
        "IDV_REQUIRE_SAMPLES=1, and there is no folder {}",
        folder.display()
    );
    eprintln!(
        "skipped {cases} cases: there is no folder {}",
        folder.display()
    );
    None
}
