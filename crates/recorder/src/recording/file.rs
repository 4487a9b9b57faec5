//! The files of a recording.
//!
//! `exchanges/*.json` is the format of idv-testkit, written down a second time on purpose: the testkit is what every
//! crate's tests stand on and should not bring a proxy along. A test holds that it reads what is written here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::signing::TestKeys;
use crate::vendor::Vendor;

/// The version of this format. In version 1 the places of a query were names in place of pointers.
pub(crate) const FORMAT: u32 = 2;
pub(crate) const INDEX: &str = "recording.json";
pub(crate) const RECORDED: &str = "exchanges/recorded.json";

/// What is in the folder, in the order in which it happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Index {
    /// The version of this format.
    pub(crate) format: u32,
    /// Whose traffic it is.
    pub(crate) vendor: Vendor,
    /// What it is signed with.
    pub(crate) keys: TestKeys,
    /// Whether all of it was looked at once more at the end.
    pub(crate) is_finished: bool,
    /// What was recorded.
    pub(crate) entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u32,
    /// When it was over, in seconds since the Unix epoch.
    pub at_unix_secs: i64,
    /// How many values were replaced in it.
    pub replaced: usize,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// A request and its answer; it is the next one of `exchanges/recorded.json`.
    Exchange {
        /// The method.
        method: String,
        /// The path, with a placeholder where an id stands.
        path: String,
        /// The status of the answer.
        status: u16,
        /// The headers of the request that were kept.
        request_headers: BTreeMap<String, String>,
        /// The places of the request's body whose values were replaced, as JSON pointers: a replay lets any value stand
        /// there.
        replaced_in_body: Vec<String>,
        /// The same of the query.
        replaced_in_query: Vec<String>,
        /// The names of the headers that were dropped.
        dropped_headers: Vec<String>,
    },
    /// A webhook.
    Webhook {
        /// The file with its body. The headers lie beside it, with `.headers.json` for its ending.
        body_file: String,
        /// The names of the headers that were dropped, the vendor's signature among them.
        dropped_headers: Vec<String>,
    },
}

/// A file of exchanges.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangesFile {
    pub(crate) origin: String,
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) in_order: bool,
    pub(crate) exchanges: Vec<ExchangeFile>,
}

/// One exchange of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeFile {
    pub(crate) request: Asked,
    pub(crate) response: Answered,
}

/// What was asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The entries of the query, decoded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// The entries of a form in the body, decoded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The headers that a fixture should insist on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// What was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
}
