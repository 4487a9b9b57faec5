//! Load and kill: three simulated vendors send their webhooks, in disorder, with duplicates and forgeries, and send them
//! again as they do, while gateways are killed and restarted; and then a look at everything.
//!
//! The vendors have a truth: what their API answers now. What the gateway believes at the end is held against it, its
//! inbox against the books of whoever sent, and its feed of events against what came to an endpoint.

mod application;
mod checks;
mod fleet;
mod kills;
mod ledger;
mod network;
mod outcome;
mod report;
mod run;
mod settings;
mod source;
mod vendors;

pub use checks::Check;
pub use fleet::{DatabaseKind, Program};
pub use report::Report;
pub use run::run;
pub use settings::Settings;
