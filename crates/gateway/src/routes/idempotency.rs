//! `Idempotency-Key`: a command that is sent again with the same key is not carried out again.
//!
//! After draft-ietf-httpapi-idempotency-key-header-07 (read 2026-11-20). The draft's form, a text in quotes, and the
//! bare text that is in wide use are the same key. What is remembered is what came of the command, not the bytes of
//! the answer, since an answer may hold a link and links are stored nowhere: a repeated command is answered with the
//! request as it is now.

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use idv_core::Actor;
use idv_engine::IdempotencyKey;

use crate::problem::{Kind, Problem};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const MAX_CHARS: usize = 255;

/// The header, for the document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes what `key` reads by hand")]
pub(super) struct IdempotencyHeader {
    /// A text of the caller's choosing, new for each command. A command that is sent again with the same key and the
    /// same values is not carried out again; its answer then has the header `Idempotent-Replayed: true`.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        example = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    )]
    idempotency_key: Option<String>,
}

/// The key of a command, if the caller gave one. It counts for this caller alone.
pub(super) fn key(headers: &HeaderMap, caller: &Actor) -> Result<Option<IdempotencyKey>, Problem> {
    let unusable = || {
        Problem::new(Kind::InvalidIdempotencyKey).detail(format!(
            "send it once, as 1 to {MAX_CHARS} characters of visible ASCII"
        ))
    };
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().map_err(|_| unusable())?.trim();
    let quoted = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    let key = quoted.unwrap_or(key);
    let fits = (1..=MAX_CHARS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if values.next().is_some() || !fits {
        return Err(unusable());
    }
    let scope = match caller {
        Actor::ApiKey(name) | Actor::Staff(name) => name.clone(),
        _ => String::new(),
    };
    Ok(Some(IdempotencyKey {
        scope,
        key: key.to_owned(),
    }))
}

/// Says on an answer that the command had been carried out before.
pub(super) fn mark(response: &mut Response, replayed: bool) {
    if replayed {
        let headers = response.headers_mut();
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, Kind> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        key(&headers, &Actor::ApiKey("app".into()))
            .map(|key| key.map(|key| key.key))
            .map_err(|problem| problem.kind())
    }

    #[test]
    fn a_key_in_quotes_and_a_bare_one_are_the_same() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["\"8e03\""]), Ok(Some("8e03".into())));
        assert_eq!(read(&["8e03"]), Ok(Some("8e03".into())));
        assert_eq!(read(&[&"k".repeat(255)]), Ok(Some("k".repeat(255))));
    }

    #[test]
    fn a_key_that_cannot_be_told_from_another_is_refused() {
        for values in [
            &["a", "b"][..],
            &[""],
            &["\"\""],
            &["a b"],
            &[&"k".repeat(256)],
        ] {
            assert_eq!(read(values), Err(Kind::InvalidIdempotencyKey), "{values:?}");
        }
    }
}
