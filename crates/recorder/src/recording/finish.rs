//! The end of a recording: all that was written is looked at once more, with everything in mind that was learned until then.
//!
//! A person who is met in the fifth exchange may stand in the first one, where nobody could know. What holds such a value is
//! taken out, files and all: a recording with a gap is of use, and one with a person in it is not.

use std::path::PathBuf;

use bytes::Bytes;

use super::write::State;
use super::{Entry, ExchangeFile, NotWritten, RECORDED, Recorder, What};
use crate::body::form;
use crate::message::{Message, Redacted};
use crate::place::{Part, Place, Refusal, Why};
use crate::redact::Redactor;

/// An entry that is no longer in the recording. It names the place, and holds no part of what stood there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{number} in {file}: {refusal}")]
pub struct TakenOut {
    /// The number it had.
    pub number: u32,
    /// The file in which it was found, below the folder of the recording.
    pub file: String,
    /// Where there, and why.
    pub refusal: Refusal,
}

impl Recorder {
    /// Ends the recording: looks for every original value, whenever it was learned, in all that was written, and takes out
    /// what holds one. Nothing is recorded afterwards. A recording that was never finished says so
    /// ([`Recording::is_finished`](crate::Recording::is_finished)).
    ///
    /// # Errors
    /// [`NotWritten::NotTakenOut`] if a file is still there that must not be kept, or [`NotWritten::Disk`]. It may be called
    /// again then.
    pub fn finish(&self) -> Result<Vec<TakenOut>, NotWritten> {
        let mut state = self.state();
        state.has_ended = true;
        let State {
            redactor,
            index,
            exchanges,
            doomed,
            ..
        } = &mut *state;
        let mut written = std::mem::take(&mut exchanges.exchanges).into_iter();
        let mut taken_out = Vec::new();
        for mut entry in std::mem::take(&mut index.entries) {
            let exchange = match entry.what {
                What::Exchange { .. } => written.next(),
                What::Webhook { .. } => None,
            };
            without_leftover_names(&mut entry, redactor);
            match self.look_at_written(redactor, &entry, exchange.as_ref()) {
                Ok(()) => {
                    index.entries.push(entry);
                    exchanges.exchanges.extend(exchange);
                }
                Err(refusal) => {
                    let body_file = body_file(&entry, exchange.as_ref());
                    let file = match refusal.place {
                        Place::Body(Part::Response | Part::Webhook, _) => body_file.clone(),
                        _ => None,
                    };
                    taken_out.push(TakenOut {
                        number: entry.number,
                        file: file.unwrap_or_else(|| RECORDED.to_owned()),
                        refusal,
                    });
                    if matches!(entry.what, What::Webhook { .. }) {
                        doomed.push(format!("webhooks/{:04}.headers.json", entry.number));
                    }
                    doomed.extend(body_file);
                }
            }
        }
        // The files first: an index without them is damaged, and files without an index are read by nobody and stay.
        let mut fault = None;
        doomed.retain(|file| match self.take_away(file) {
            Ok(()) => false,
            Err(error) => {
                fault = Some(error);
                true
            }
        });
        index.is_finished = fault.is_none();
        self.write_json(RECORDED, exchanges)?;
        self.write_index(&state)?;
        fault.map_or(Ok(taken_out), Err)
    }

    fn look_at_written(
        &self,
        redactor: &Redactor,
        entry: &Entry,
        exchange: Option<&ExchangeFile>,
    ) -> Result<(), Refusal> {
        let part = match entry.what {
            What::Exchange { .. } => Part::Response,
            What::Webhook { .. } => Part::Webhook,
        };
        let body = match body_file(entry, exchange) {
            Some(file) => std::fs::read(self.folder.join(file))
                .map_err(|_| Place::Body(part, Vec::new()).refused(Why::NotRead))?,
            None => Vec::new(),
        };
        match (&entry.what, exchange) {
            (What::Webhook { .. }, _) => {
                let json = ("content-type".to_owned(), "application/json".to_owned());
                let message = Message {
                    headers: vec![json],
                    body: body.into(),
                    ..Message::default()
                };
                redactor.look_at_message(part, &message)
            }
            (what, Some(exchange)) => match again(what, exchange, body.into()) {
                Some(redacted) => redactor.look_again(&redacted),
                None => Err(Place::Body(part, Vec::new()).refused(Why::NotRead)),
            },
            (_, None) => Err(Place::Body(part, Vec::new()).refused(Why::NotRead)),
        }
    }

    fn take_away(&self, file: &str) -> Result<(), NotWritten> {
        let path: PathBuf = self.folder.join(file);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(NotWritten::NotTakenOut(path, error))
            }
            _ => Ok(()),
        }
    }
}

/// The names of headers that were dropped are there to be read. One that a value stands in goes, and nothing else with it.
fn without_leftover_names(entry: &mut Entry, redactor: &Redactor) {
    let (What::Exchange {
        dropped_headers, ..
    }
    | What::Webhook {
        dropped_headers, ..
    }) = &mut entry.what;
    redactor.without_leftovers(dropped_headers);
}

fn body_file(entry: &Entry, exchange: Option<&ExchangeFile>) -> Option<String> {
    match &entry.what {
        What::Webhook { body_file, .. } => Some(body_file.clone()),
        What::Exchange { .. } => exchange?.response.body_file.clone(),
    }
}

/// What was written of an exchange, in the form in which it was looked at before.
fn again(what: &What, exchange: &ExchangeFile, body: Bytes) -> Option<Redacted> {
    let What::Exchange {
        method,
        path,
        status,
        request_headers,
        replaced_in_body,
        replaced_in_query,
        ..
    } = what
    else {
        return None;
    };
    let asked = &exchange.request;
    let form: Vec<(String, String)> = asked.form.clone().into_iter().collect();
    let asked_body = match &asked.json {
        Some(json) => json.to_string(),
        None => form::encoded(&form),
    };
    Some(Redacted {
        method: method.parse().ok()?,
        path: asked.path.clone(),
        shape: path.clone(),
        query: asked.query.clone().into_iter().collect(),
        replaced_in_query: replaced_in_query.clone(),
        request: Message {
            headers: request_headers.clone().into_iter().collect(),
            body: asked_body.into(),
            replaced: replaced_in_body.clone(),
            ..Message::default()
        },
        status: http::StatusCode::from_u16(*status).ok()?,
        response: Message {
            headers: exchange.response.headers.clone().into_iter().collect(),
            body,
            ..Message::default()
        },
        replaced: 0,
    })
}
