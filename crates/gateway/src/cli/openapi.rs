//! `idv openapi`: the description of the API on standard output.

use std::process::ExitCode;

use crate::openapi::document;
use crate::terminal;

/// Prints what a running gateway serves at `/openapi.json`, byte for byte.
pub(super) fn run() -> ExitCode {
    terminal::say(String::from_utf8_lossy(document()).trim_end());
    ExitCode::SUCCESS
}
