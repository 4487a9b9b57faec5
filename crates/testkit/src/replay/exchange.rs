//! The format of the files in `fixtures/<provider>/exchanges/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::own_json;

/// The exchanges of one file.
#[derive(Clone, Debug)]
pub struct Exchanges {
    /// The name of the file, for messages.
    pub name: String,
    /// Whether each request must match the first exchange that is left, and no other.
    pub in_order: bool,
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What the request must hold.
    pub request: AskedFor,
    /// The answer.
    pub answer: Answer,
}

/// What a request must hold. Each member is a subset: what it does not name, may be anything.
///
/// A value of `null` says that the entry must not be there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskedFor {
    /// The method.
    pub method: Option<String>,
    /// The path, without the query.
    pub path: Option<String>,
    /// Entries of the query, decoded.
    pub query: BTreeMap<String, Option<String>>,
    /// Entries of a form in the body, decoded.
    pub form: BTreeMap<String, Option<String>>,
    /// A part of a JSON body: objects are subsets, everything else is equal.
    pub json: Option<Value>,
    /// Headers; names in any case, values exact.
    pub headers: BTreeMap<String, Option<String>>,
    /// The method and path of another exchange, such as `POST /v1/checks`: this one is not there before that one is
    /// used up. So what a vendor shows can depend on what was made.
    pub after: Option<String>,
}

/// An answer, ready to be sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes.
    pub body: Bytes,
}

impl Answer {
    /// An answer with a status and a body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// With one more header.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(
            HeaderName::try_from(name).expect("a header name"),
            HeaderValue::try_from(value).expect("a header value"),
        );
        self
    }

    pub(super) fn to_response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() =
            http::StatusCode::from_u16(self.status).expect("a status of three digits");
        *response.headers_mut() = self.headers.clone();
        response
    }
}

impl Exchange {
    /// An exchange that answers any request.
    #[must_use]
    pub fn any(answer: Answer) -> Self {
        Self {
            request: AskedFor::default(),
            answer,
        }
    }
}

impl Exchanges {
    /// Exchanges that lie in no file, used in any order.
    #[must_use]
    pub fn of(name: impl Into<String>, exchanges: Vec<Exchange>) -> Self {
        Self {
            name: name.into(),
            in_order: false,
            exchanges,
        }
    }

    /// Reads `exchanges/<name>.json` below a provider's folder of fixtures.
    ///
    /// # Panics
    /// If the file, or a body it names, cannot be read or is not of the right form.
    #[must_use]
    pub fn load(fixtures: &Path, name: &str) -> Self {
        let path = Self::path(fixtures, name);
        let file: ExchangesFile = own_json::read(&path);
        assert!(
            matches!(
                file.origin.as_str(),
                "authored" | "spec-example" | "recorded"
            ) && !file.about.trim().is_empty()
                && !file.exchanges.is_empty(),
            "{}: origin is authored, spec-example or recorded; about is a sentence; exchanges are not empty",
            path.display()
        );
        let exchanges = file
            .exchanges
            .into_iter()
            .map(|exchange| Exchange {
                request: exchange.request,
                answer: exchange.response.into_answer(fixtures, &path),
            })
            .collect();
        Self {
            name: name.to_owned(),
            in_order: file.in_order,
            exchanges,
        }
    }

    /// Whether there is such a file.
    #[must_use]
    pub fn exist(fixtures: &Path, name: &str) -> bool {
        Self::path(fixtures, name).is_file()
    }

    /// These and the exchanges of another file, used after them where both would match.
    #[must_use]
    pub fn and_then(mut self, other: Self) -> Self {
        self.name = format!("{} and {}", self.name, other.name);
        self.exchanges.extend(other.exchanges);
        self
    }

    fn path(fixtures: &Path, name: &str) -> PathBuf {
        fixtures.join("exchanges").join(format!("{name}.json"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangesFile {
    origin: String,
    about: String,
    #[serde(default)]
    in_order: bool,
    exchanges: Vec<ExchangeFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangeFile {
    request: AskedFor,
    response: AnswerFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFile {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body_file: Option<String>,
    body: Option<Value>,
    body_text: Option<String>,
}

const fn ok() -> u16 {
    200
}

impl AnswerFile {
    fn into_answer(self, fixtures: &Path, path: &Path) -> Answer {
        let body = match (self.body_file, self.body, self.body_text) {
            (Some(file), None, None) => {
                let file = fixtures.join(file);
                let bytes = std::fs::read(&file).unwrap_or_else(|error| {
                    panic!("{}: body_file {}: {error}", path.display(), file.display())
                });
                Bytes::from(bytes)
            }
            (None, Some(json), None) => Bytes::from(json.to_string()),
            (None, None, Some(text)) => Bytes::from(text),
            (None, None, None) => Bytes::new(),
            _ => panic!(
                "{}: an answer has one of body_file, body and body_text",
                path.display()
            ),
        };
        self.headers
            .iter()
            .fold(Answer::new(self.status, body), |answer, (name, value)| {
                answer.with_header(name, value)
            })
    }
}
