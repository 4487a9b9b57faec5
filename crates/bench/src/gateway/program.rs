//! The program that is measured: what `cargo build` makes of this very source.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The workspace this was built from.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The `idv` program, without fault points, optimised as this program is. Built once a run.
///
/// # Errors
/// In a sentence with the remedy: the source is not here any more, or it cannot be built.
pub fn program() -> Result<&'static Path, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref().map_err(Clone::clone)
}

fn build() -> Result<PathBuf, String> {
    let manifest = Path::new(WORKSPACE).join("Cargo.toml");
    if !manifest.is_file() {
        return Err(
            "the source this program was built from is gone: run it with `cargo run --release -p idv-bench`"
                .to_owned(),
        );
    }
    let target = target_folder()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([
            "build",
            "--quiet",
            "--package",
            "idv-gateway",
            "--bin",
            "idv",
        ])
        .arg("--manifest-path")
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        // What cargo prints is no table.
        .stdout(Stdio::null());
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        command.arg("--release");
        "release"
    };
    let remedy = "see what `cargo build --release -p idv-gateway` says";
    match command.status() {
        Ok(status) if status.success() => Ok(target.join(profile).join("idv")),
        Ok(_) => Err(format!("the gateway could not be built: {remedy}")),
        Err(error) => Err(format!("cargo could not be run ({error}): {remedy}")),
    }
}

/// The folder that this program was built into, where there is room for what a run needs.
///
/// # Errors
/// If this program lies where cargo puts none.
pub fn target_folder() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let profile = here.ancestors().find(|folder| {
        let name = folder.file_name().unwrap_or_default();
        name == "release" || name == "debug"
    });
    profile
        .and_then(Path::parent)
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            "this program does not lie where cargo puts it: run it with `cargo run --release -p idv-bench`".to_owned()
        })
}
