//! Public tools written in Python: a validator, a generator of clients, a mail server, a verifier of webhooks.

use std::sync::OnceLock;

use idv_testkit::clients;
pub(crate) use idv_testkit::clients::Python;

const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// The Python that has them, or a reason on standard error.
pub(crate) fn ready() -> Option<&'static Python> {
    static PYTHON: OnceLock<Result<Python, String>> = OnceLock::new();
    clients::or_skipped(PYTHON.get_or_init(|| Python::with(REQUIREMENTS)))
}
