//! Public tools written in JavaScript: a verifier of webhooks.

use std::sync::OnceLock;

use idv_testkit::clients::{self, JavaScript};

const PACKAGE: &str = include_str!("javascript/package.json");
const LOCK: &str = include_str!("javascript/package-lock.json");

/// The Node.js that has them, or a reason on standard error.
pub(crate) fn ready() -> Option<&'static JavaScript> {
    static JAVASCRIPT: OnceLock<Result<JavaScript, String>> = OnceLock::new();
    clients::or_skipped(JAVASCRIPT.get_or_init(|| JavaScript::with(PACKAGE, LOCK)))
}
