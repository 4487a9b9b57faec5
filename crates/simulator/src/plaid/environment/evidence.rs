//! Pictures of documents and selfies: at addresses that name who may see them and until when, so that whoever has one
//! needs no credentials.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use idv_core::Timestamp;
use sha2::{Digest as _, Sha256};

use super::State;
use crate::hex::hex;
use crate::picture;
use crate::plaid::attempt::Links;

/// As the vendor's pages have it.
const VALID_FOR: Duration = Duration::from_secs(60);

/// Where pictures are.
pub(super) const FOLDER: &str = "/evidence/";

/// The head of a film that shows nothing.
const FILM: &[u8] = &[
    0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84, 0x77, 0x65, 0x62, 0x6d,
];

/// Addresses that are made now.
pub(super) struct Fresh<'a> {
    pub(super) base_url: &'a str,
    pub(super) secret: &'a str,
    /// Each answer has addresses of its own.
    pub(super) nonce: String,
    pub(super) now: Timestamp,
}

impl Links for Fresh<'_> {
    fn page(&self, attempt_id: &str, key: &str) -> String {
        format!("{}/verify/{attempt_id}?key={key}", self.base_url)
    }

    fn picture(&self, path: &str) -> Option<String> {
        let expires = self.now.plus(VALID_FOR).as_unix_secs();
        let query = format!("expires={expires}&nonce={}", self.nonce);
        let signature = signature(self.secret, path, &query);
        let base_url = self.base_url;
        Some(format!(
            "{base_url}{FOLDER}{path}?{query}&signature={signature}"
        ))
    }
}

fn signature(secret: &str, path: &str, query: &str) -> String {
    let digest = Sha256::digest(format!("{secret}\n{path}\n{query}"));
    hex(digest.get(..16).unwrap_or_default())
}

/// Answers a request for a picture.
pub(super) fn answer(
    state: &State,
    secret: &str,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    let path = request.uri().path().strip_prefix(FOLDER);
    let path = path.unwrap_or_default();
    let query = request.uri().query().unwrap_or_default();
    let (signed, given) = query.rsplit_once("&signature=").unwrap_or_default();
    if given != signature(secret, path, signed) {
        return refusal(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    let expires = signed.split('&').next().unwrap_or_default();
    let expires = expires.strip_prefix("expires=").unwrap_or_default();
    let expires: i64 = expires.parse().unwrap_or_default();
    if now.as_unix_secs() > expires {
        return refusal(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let mut parts = path.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (id, step, number, name) = (next(), next(), next(), next());
    let attempt = state.attempts.get(id);
    let number: usize = number.parse().unwrap_or_default();
    if !attempt.is_some_and(|attempt| attempt.has_picture(step, number, name)) {
        return refusal(StatusCode::NOT_FOUND, "NoSuchKey");
    }
    let (bytes, media_type) = if name.ends_with(".webm") {
        (Bytes::from_static(FILM), "video/webm")
    } else {
        // The smallest picture there is: one grey dot.
        (picture::png(1, 1, |_, _| [128; 3]).into(), "image/png")
    };
    let mut response = Response::new(bytes);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// As the store says it in which the vendor keeps pictures.
fn refusal(status: StatusCode, code: &str) -> Response<Bytes> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>Request has expired or is not allowed</Message></Error>"
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let xml = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(CONTENT_TYPE, xml);
    response
}
