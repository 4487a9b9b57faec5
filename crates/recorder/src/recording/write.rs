//! A recording under way. After each exchange the folder is whole, whenever it ends.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idv_core::Clock;
use serde::Serialize;
use serde_json::json;

use super::{
    Answered, Asked, Entry, ExchangeFile, ExchangesFile, FORMAT, INDEX, Index, RECORDED, What,
};
use crate::body::{Form, form, form_of};
use crate::headers::is_insisted;
use crate::message::{Delivery, Exchange, Message, Redacted};
use crate::place::Refusal;
use crate::redact::Redactor;
use crate::signing::{KeyFault, TestKeys};
use crate::table::Signing;
use crate::vendor::Vendor;

/// Redacts what it is given and writes it into a folder. It can be used from several places at once.
pub struct Recorder {
    pub(super) folder: PathBuf,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) redactor: Redactor,
    pub(super) index: Index,
    pub(super) exchanges: ExchangesFile,
    /// Files that must not be kept and are not taken away yet.
    pub(super) doomed: Vec<String>,
    /// Nothing is recorded after the end.
    pub(super) has_ended: bool,
}

/// What was recorded, in words that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Its number, from 1.
    pub number: u32,
    /// What was asked, with placeholders for ids: `GET /v1/files/{id}`. Or `webhook`.
    pub what: String,
    /// The status of the answer; none for a webhook.
    pub status: Option<u16>,
    /// How many values were replaced.
    pub replaced: usize,
}

/// Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotWritten {
    /// Something in it may be personal and is in no table, or is where it should not be.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// No signature could be made.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The folder holds a recording already.
    #[error("{0} holds a recording already: give another folder, or take that one away")]
    Occupied(PathBuf),
    /// The recording has ended, and what it holds was looked at for the last time.
    #[error("the recording has ended")]
    Ended,
    /// A file that must not be kept is still there.
    #[error(
        "{0} holds what must not be kept and cannot be taken away ({1}): take it away yourself"
    )]
    NotTakenOut(PathBuf, std::io::Error),
    /// A file could not be written.
    #[error("{0} cannot be written: {1}")]
    Disk(PathBuf, std::io::Error),
}

/// It shows where it writes, and nothing of what.
impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Recorder {
    /// Begins a recording of this vendor's traffic in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`NotWritten`] if the folder holds one already or cannot be written, or the system gives no random numbers.
    pub fn begin(
        vendor: Vendor,
        folder: impl Into<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotWritten> {
        let keys = TestKeys::generate(vendor, clock.now().as_unix_secs())?;
        let redactor = Redactor::new(vendor, &keys)?;
        let folder = folder.into();
        if folder.join(INDEX).exists() {
            return Err(NotWritten::Occupied(folder));
        }
        for below in ["exchanges", "bodies", "webhooks"] {
            let path = folder.join(below);
            std::fs::create_dir_all(&path).map_err(|error| NotWritten::Disk(path, error))?;
        }
        let jwk = keys.jwk();
        let index = Index {
            format: FORMAT,
            vendor,
            keys,
            is_finished: false,
            entries: Vec::new(),
        };
        let exchanges = ExchangesFile {
            origin: "recorded".to_owned(),
            about: format!(
                "Traffic of an account of {}, with nobody left in it.",
                vendor.as_word()
            ),
            ..ExchangesFile::default()
        };
        let recorder = Self {
            folder,
            clock,
            state: Mutex::new(State {
                redactor,
                index,
                exchanges,
                doomed: Vec::new(),
                has_ended: false,
            }),
        };
        if let (Some(jwk), Signing::KeyPair { endpoint, .. }) = (jwk, vendor.table().signing) {
            let exchanges = key_exchange(endpoint, &jwk);
            recorder.write_json("exchanges/webhook_verification_key.json", &exchanges)?;
        }
        recorder.write_index(&recorder.state())?;
        Ok(recorder)
    }

    /// The time by which it records.
    pub(crate) fn now_unix_secs(&self) -> i64 {
        self.clock.now().as_unix_secs()
    }

    /// Records an exchange.
    ///
    /// # Errors
    /// [`NotWritten`], and then nothing of it is on disk.
    pub fn exchange(&self, exchange: &Exchange) -> Result<Captured, NotWritten> {
        let mut state = self.state_under_way()?;
        let redacted = state.redactor.exchange(exchange)?;
        let number = state.next_number();
        let body_file = body_file(number, &redacted.response);
        let captured = Captured {
            number,
            what: format!("{} {}", redacted.method, redacted.shape),
            status: Some(redacted.status.as_u16()),
            replaced: redacted.replaced,
        };
        state.index.entries.push(Entry {
            number,
            at_unix_secs: self.now_unix_secs(),
            replaced: redacted.replaced,
            what: entry(&redacted),
        });
        let request = asked(state.index.vendor, &redacted);
        let body = redacted.response.body.clone();
        state.exchanges.exchanges.push(ExchangeFile {
            request,
            response: Answered {
                status: redacted.status.as_u16(),
                headers: redacted.response.headers.into_iter().collect(),
                body_file: body_file.clone(),
                body: None,
            },
        });
        let written = body_file
            .iter()
            .try_for_each(|file| self.write(file, &body))
            .and_then(|()| self.write_json(RECORDED, &state.exchanges))
            .and_then(|()| self.write_index(&state));
        if let Err(fault) = written {
            // What is not whole is not there: the next one takes its number.
            state.index.entries.pop();
            state.exchanges.exchanges.pop();
            self.forget(body_file.iter());
            return Err(fault);
        }
        Ok(captured)
    }

    /// Records a webhook, signed with the test keys at the time it came.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange).
    pub fn webhook(&self, delivery: &Delivery) -> Result<Captured, NotWritten> {
        let mut state = self.state_under_way()?;
        let message = state.redactor.webhook(delivery)?;
        let (name, signature) = state
            .index
            .keys
            .sign(&message.body, delivery.received_unix_secs)?;
        let number = state.next_number();
        let file = format!("webhooks/{number:04}.json");
        let mut headers: std::collections::BTreeMap<_, _> =
            message.headers.iter().cloned().collect();
        headers.insert(name.to_owned(), signature);
        let headers_file = format!("webhooks/{number:04}.headers.json");
        let replaced = message.replaced.len();
        state.index.entries.push(Entry {
            number,
            at_unix_secs: delivery.received_unix_secs,
            replaced,
            what: What::Webhook {
                body_file: file.clone(),
                dropped_headers: message.dropped_headers,
            },
        });
        let written = self
            .write(&file, &message.body)
            .and_then(|()| self.write_json(&headers_file, &headers))
            .and_then(|()| self.write_index(&state));
        if let Err(fault) = written {
            state.index.entries.pop();
            self.forget([&file, &headers_file]);
            return Err(fault);
        }
        Ok(Captured {
            number,
            what: "webhook".to_owned(),
            status: None,
            replaced,
        })
    }

    fn state_under_way(&self) -> Result<MutexGuard<'_, State>, NotWritten> {
        let state = self.state();
        if state.has_ended {
            return Err(NotWritten::Ended);
        }
        Ok(state)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write_index(&self, state: &State) -> Result<(), NotWritten> {
        self.write_json(INDEX, &state.index)
    }

    pub(super) fn write_json(&self, file: &str, value: &impl Serialize) -> Result<(), NotWritten> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| NotWritten::Disk(self.folder.join(file), error.into()))?;
        self.write(file, format!("{text}\n").as_bytes())
    }

    /// Takes away what was written of something that could not be written whole.
    fn forget<'a>(&self, files: impl IntoIterator<Item = &'a String>) {
        for file in files {
            // It may not be there, and that it could not be written is told already.
            let _ = std::fs::remove_file(self.folder.join(file));
        }
    }

    /// Whole or not at all: written beside, then put in its place.
    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), NotWritten> {
        let path = self.folder.join(file);
        let beside = path.with_extension("part");
        let write = |beside: &Path| {
            std::fs::write(beside, bytes)?;
            std::fs::rename(beside, &path)
        };
        write(&beside).map_err(|error| {
            let _ = std::fs::remove_file(&beside);
            NotWritten::Disk(path.clone(), error)
        })
    }
}

impl State {
    fn next_number(&self) -> u32 {
        self.index
            .entries
            .last()
            .map_or(1, |entry| entry.number + 1)
    }
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let found = message.headers.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

fn body_file(number: u32, answer: &Message) -> Option<String> {
    if answer.body.is_empty() {
        return None;
    }
    let content_type = header(answer, "content-type");
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    let ending = match (form_of(content_type, &answer.body), essence) {
        (Form::Json, _) => "json",
        (_, "image/png") => "png",
        (_, "image/jpeg") => "jpg",
        (_, "application/pdf") => "pdf",
        (_, "application/zip") => "zip",
        (Form::Text, _) => "txt",
        _ => "bin",
    };
    Some(format!("bodies/{number:04}.{ending}"))
}

fn entry(redacted: &Redacted) -> What {
    let mut dropped: Vec<String> = redacted.request.dropped_headers.clone();
    dropped.extend(redacted.response.dropped_headers.iter().cloned());
    dropped.sort();
    dropped.dedup();
    What::Exchange {
        method: redacted.method.to_string(),
        path: redacted.shape.clone(),
        status: redacted.status.as_u16(),
        request_headers: redacted.request.headers.iter().cloned().collect(),
        replaced_in_body: redacted.request.replaced.clone(),
        replaced_in_query: redacted.replaced_in_query.clone(),
        dropped_headers: dropped,
    }
}

fn asked(vendor: Vendor, redacted: &Redacted) -> Asked {
    let body = &redacted.request.body;
    let insisted = redacted.request.headers.iter();
    let insisted = insisted.filter(|(name, _)| is_insisted(vendor, name));
    let mut asked = Asked {
        method: redacted.method.to_string(),
        path: redacted.path.clone(),
        query: redacted.query.iter().cloned().collect(),
        headers: insisted.cloned().collect(),
        ..Asked::default()
    };
    match form_of(header(&redacted.request, "content-type"), body) {
        Form::Json => asked.json = idv_core::json::decode(body).ok(),
        Form::Entries => asked.form = form::pairs(body).into_iter().collect(),
        _ => {}
    }
    asked
}

/// What the vendor's key endpoint answers about the test key, whether or not it was asked while recording.
fn key_exchange(endpoint: &str, jwk: &serde_json::Value) -> ExchangesFile {
    let request = Asked {
        method: "POST".to_owned(),
        path: endpoint.to_owned(),
        json: jwk.get("kid").map(|kid| json!({ "key_id": kid })),
        ..Asked::default()
    };
    let response = Answered {
        status: 200,
        headers: std::iter::once(("content-type".to_owned(), "application/json".to_owned()))
            .collect(),
        body_file: None,
        body: Some(json!({ "key": jwk, "request_id": "recordedKey0001" })),
    };
    ExchangesFile {
        origin: "recorded".to_owned(),
        about: "The key with which the webhooks of this recording are signed.".to_owned(),
        in_order: false,
        exchanges: vec![ExchangeFile { request, response }],
    }
}
