//! Public clients written in other languages, which drive what is tested as a stranger's program does.
//!
//! Each list of versions has a room of its own below the target directory. It is made on demand, by one process at a
//! time. Without the language or a package registry the tests that want it say so and are skipped; where
//! `IDV_REQUIRE_CLIENTS` is 1 they fail.

mod javascript;
mod python;
mod room;
mod rust;
mod script;

pub use javascript::JavaScript;
pub use python::Python;
pub use rust::Rust;
pub use script::{Script, json_lines};

/// What was made, or nothing, with the reason on standard error.
///
/// # Panics
/// If there is a reason and the environment says `IDV_REQUIRE_CLIENTS=1`.
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
pub fn or_skipped<T>(made: &Result<T, String>) -> Option<&T> {
    match made {
        Ok(made) => Some(made),
        Err(reason) => {
            let required =
                std::env::var_os("IDV_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
            assert!(!required, "IDV_REQUIRE_CLIENTS=1, and {reason}");
            eprintln!("SKIPPED: {reason}");
            None
        }
    }
}
