//! The product itself as a process: built, started over a database of its own, asked, killed.
//!
//! ```no_run
//! use idv_bench::gateway::{Database, Gateway};
//!
//! # fn measure() -> Result<(), String> {
//! let mut gateway = Gateway::start(Database::Sqlite, "[metrics]\nopen = true\n")?;
//! let key = gateway.make_api_key();
//! println!("{} with {key}: {} bytes", gateway.base_url(), gateway.resident_bytes());
//! gateway.kill();
//! println!("ready again after {:?}", gateway.restart()?);
//! # Ok(()) }
//! ```

mod database;
mod process;
mod program;
mod rest;

pub use database::Database;
pub use process::Gateway;
pub use program::{program, target_folder};
pub use rest::rest;
