//! A recording, read from its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::{Asked, ExchangesFile, FORMAT, INDEX, Index, RECORDED, What};
use crate::signing::TestKeys;
use crate::vendor::Vendor;

/// A recording.
#[derive(Debug)]
pub struct Recording {
    pub(crate) index: Index,
    pub(crate) exchanges: Vec<Played>,
    pub(crate) webhooks: Vec<PlayedWebhook>,
}

/// An exchange of a recording.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was asked.
    pub asked: Asked,
    /// The places in the body of the request where any value may stand, as JSON pointers.
    pub free_in_body: Vec<String>,
    /// The places in the query where any value may stand.
    pub free_in_query: Vec<String>,
    /// The status of the answer.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// A webhook of a recording.
#[derive(Clone, Debug)]
pub struct PlayedWebhook {
    /// When it came, in seconds since the Unix epoch.
    pub received_unix_secs: i64,
    /// Its headers, signed at that time with the test keys.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// A folder is no recording, or one that is damaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// A file is not there or cannot be read.
    #[error("{0} cannot be read: {1}")]
    Disk(PathBuf, std::io::Error),
    /// A file is not of the form it should be.
    #[error("{0} is no file of a recording: {1}")]
    Form(PathBuf, idv_core::json::Unreadable),
    /// The recording is of a format that this version does not know.
    #[error(
        "{0} has format {1}, and this version reads format {FORMAT}: record anew with `idv record`, or play it with the version it was recorded with"
    )]
    Format(PathBuf, u32),
    /// A header is none, or the number of exchanges is not that of the index.
    #[error("{0} does not agree with {INDEX}, or holds something that is no header")]
    Damaged(PathBuf),
}

/// An index of any format.
#[derive(serde::Deserialize)]
struct Versioned {
    format: u32,
}

impl Played {
    pub(crate) fn to_response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

impl Recording {
    /// Reads a folder.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn open(folder: &Path) -> Result<Self, Unusable> {
        // The format first: the rest may be written in another way.
        let Versioned { format } = read_json(&folder.join(INDEX))?;
        if format != FORMAT {
            return Err(Unusable::Format(folder.join(INDEX), format));
        }
        let index: Index = read_json(&folder.join(INDEX))?;
        let path = folder.join(RECORDED);
        let has_exchanges = index
            .entries
            .iter()
            .any(|entry| matches!(entry.what, What::Exchange { .. }));
        let file: ExchangesFile = if has_exchanges {
            read_json(&path)?
        } else {
            ExchangesFile::default()
        };
        let mut left = file.exchanges.into_iter();
        let (mut exchanges, mut webhooks) = (Vec::new(), Vec::new());
        for entry in &index.entries {
            match &entry.what {
                What::Exchange {
                    replaced_in_body,
                    replaced_in_query,
                    ..
                } => {
                    let damaged = || Unusable::Damaged(path.clone());
                    let exchange = left.next().ok_or_else(damaged)?;
                    let body = match exchange.response.body_file {
                        Some(file) => read(&folder.join(file))?,
                        None => Bytes::new(),
                    };
                    exchanges.push(Played {
                        asked: exchange.request,
                        free_in_body: replaced_in_body.clone(),
                        free_in_query: replaced_in_query.clone(),
                        status: StatusCode::from_u16(exchange.response.status)
                            .map_err(|_| damaged())?,
                        headers: headers(&exchange.response.headers).ok_or_else(damaged)?,
                        body,
                    });
                }
                What::Webhook { body_file, .. } => {
                    let path = folder.join(body_file).with_extension("headers.json");
                    let named: BTreeMap<String, String> = read_json(&path)?;
                    webhooks.push(PlayedWebhook {
                        received_unix_secs: entry.at_unix_secs,
                        headers: headers(&named).ok_or(Unusable::Damaged(path))?,
                        body: read(&folder.join(body_file))?,
                    });
                }
            }
        }
        Ok(Self {
            index,
            exchanges,
            webhooks,
        })
    }

    /// Whose traffic it is.
    #[must_use]
    pub const fn vendor(&self) -> Vendor {
        self.index.vendor
    }

    /// Whether all of it was looked at once more when it ended. If not, someone who was met late may stand in what was
    /// written early.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.index.is_finished
    }

    /// What it is signed with.
    #[must_use]
    pub const fn keys(&self) -> &TestKeys {
        &self.index.keys
    }

    /// Its exchanges, in order.
    #[must_use]
    pub fn exchanges(&self) -> &[Played] {
        &self.exchanges
    }

    /// Its webhooks, in order.
    #[must_use]
    pub fn webhooks(&self) -> &[PlayedWebhook] {
        &self.webhooks
    }
}

fn read(path: &Path) -> Result<Bytes, Unusable> {
    let bytes = std::fs::read(path).map_err(|error| Unusable::Disk(path.to_owned(), error))?;
    Ok(bytes.into())
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Unusable> {
    idv_core::json::decode(&read(path)?).map_err(|fault| Unusable::Form(path.to_owned(), fault))
}

fn headers(named: &BTreeMap<String, String>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        headers.append(
            HeaderName::try_from(name).ok()?,
            HeaderValue::try_from(value).ok()?,
        );
    }
    Some(headers)
}
