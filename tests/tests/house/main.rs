//! The house rules: what may depend on what, where a file lives and what it is called, and which words stay in
//! which room. The compiler and clippy keep the rest.
//!
//! Every rule is a function from what the repository holds to a list of complaints, so that beside the test that
//! holds the repository to it stands one that shows it a house that breaks it.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "cargo's own output is read here, never a person's data"
)]

mod dependencies;
mod doors;
mod fault_points;
mod layout;
mod lints;
mod providers;
mod sources;
mod workspace;
