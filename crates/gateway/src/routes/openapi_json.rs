//! `GET /openapi.json`: the description of this API.

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::openapi::{ANYWHERE, document, problems};

problems!(Problems = ANYWHERE);

/// Read the description of this API
///
/// OpenAPI 3.1. Made from the program itself; `idv openapi` prints the same.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "get_openapi_document",
    tag = "operation",
    responses(
        (status = 200, description = "This document.", body = Value, content_type = "application/json",
            headers(("ETag" = String, description = "Changes when the document does."))),
        (status = 304, description = "It is the one named in `If-None-Match`."),
        Problems
    ),
    security(())
)]
pub(super) async fn get(headers: HeaderMap) -> Response {
    let document = document();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(document)));
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = (header::CONTENT_TYPE, "application/json");
        ([json], document.clone()).into_response()
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
