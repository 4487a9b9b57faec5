//! What is said about an endpoint on the command line.

use std::path::PathBuf;

use idv_core::Secret;
use idv_engine::EndpointSecret;
use idv_engine::store::{EventKind, EventPosition, PayloadForm};

use super::super::{Failure, input};
use crate::routes::v1::events::{kind, position_of};

/// A header, as `Name: value`. Its value does not print.
#[derive(Clone, Debug)]
pub(super) struct Header {
    name: String,
    value: Secret,
}

impl std::str::FromStr for Header {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (name, value) = text.split_once(':').ok_or("write it as `Name: value`")?;
        Ok(Self {
            name: name.trim().to_owned(),
            value: Secret::new(value.trim().to_owned()),
        })
    }
}

pub(super) fn headers(given: &[Header]) -> Vec<(String, Secret)> {
    let pair = |header: &Header| (header.name.clone(), header.value.clone());
    given.iter().map(pair).collect()
}

pub(in crate::cli) fn read_kind(word: &str) -> Result<EventKind, String> {
    kind(word).ok_or_else(|| {
        let words: Vec<_> = EventKind::ALL.iter().map(ToString::to_string).collect();
        format!("there is no such type: use one of {}", words.join(", "))
    })
}

pub(super) fn read_payload(word: &str) -> Result<PayloadForm, &'static str> {
    PayloadForm::from_word(word).ok_or("use thin or full")
}

/// A cursor, or `beginning`.
pub(super) fn read_after(text: &str) -> Result<EventPosition, &'static str> {
    if text == "beginning" {
        return Ok(EventPosition::default());
    }
    position_of(text).map_err(|_| {
        "it is no cursor: take one that `idv events` or GET /v1/events has shown, or `beginning`"
    })
}

/// The secret in a file.
pub(super) fn secret(file: Option<&PathBuf>) -> Result<Option<EndpointSecret>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let bytes = Secret::new(input::read(file)?);
    let text = std::str::from_utf8(bytes.expose()).unwrap_or_default();
    let secret = text.trim().parse();
    let secret = secret.map_err(|error: idv_engine::EndpointSecretError| {
        Failure::usage(format!("--secret-file: {}: {error}", input::name(file)))
    })?;
    Ok(Some(secret))
}
