//! A vendor as it is seen from outside: what it answers, what it sends, and how it signs.

use idv_testkit::replay::{Answer, AskedFor, Exchange};
use serde_json::Value;

use crate::table::{Cell, Row};

/// A vendor, and how it tells each story.
pub(crate) trait Vendor {
    /// Its name in the configuration.
    fn name(&self) -> &'static str;

    /// Its column of the table.
    fn cell<'r>(&self, row: &'r Row) -> &'r Cell;

    /// The account's table in the configuration file: the only thing that differs between two gateways.
    fn account(&self, api_base_url: &str) -> String;

    /// What it answers, up to where the subject has a link, and a link once more.
    fn beginning(&self, story: &'static str, subject: &str) -> Vec<Exchange>;

    /// What it does then.
    fn scenes(&self, story: &'static str) -> Vec<Scene>;

    /// The header with the signature: its name, and its value for these bytes now.
    fn sign(&self, body: &[u8]) -> (&'static str, String);
}

/// One webhook, and what the vendor answers when it is asked about it.
pub(crate) struct Scene {
    pub(crate) webhook: Value,
    pub(crate) answers: Vec<Exchange>,
}

/// An exchange that wants this of a request.
pub(crate) fn exchange(method: &str, path: &str, status: u16, answer: &Value) -> Exchange {
    Exchange {
        request: AskedFor {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..AskedFor::default()
        },
        answer: Answer::new(status, answer.to_string()),
    }
}
