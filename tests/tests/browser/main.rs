//! The hosted pages of the simulated vendors in a real browser, driven by the keyboard alone.
//!
//! Without Chromium, Node.js or a package registry they say so and are skipped; where `IDV_REQUIRE_CLIENTS` is 1 they
//! fail. The screenshots lie in the target directory, in `screenshots`.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON directly, about synthetic people"
)]

mod chromium;
mod hosted_page;
