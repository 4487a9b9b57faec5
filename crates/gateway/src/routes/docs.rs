//! `/docs`: the description of this API as pages to read and try. Everything comes from this program; nothing is
//! loaded from elsewhere, and the policy sent along lets the browser see to it.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header;
use utoipa_swagger_ui::Config;

use super::Api;
use crate::problem::{Kind, Problem};

/// Scripts, styles and requests of this server alone. The pages set styles on their elements and carry their small
/// pictures in themselves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    // Without "none" the page would send this server's address to a validator of the vendor of the pages.
    let config = Config::from("/openapi.json").validator_url("none");
    Arc::new(config.display_request_duration(true))
});

/// The pages.
pub(super) fn pages() -> Router<Api> {
    Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || page("index.html")))
        .route(
            "/docs/{*file}",
            get(
                async |file: Result<Path<String>, PathRejection>| match file {
                    Ok(Path(file)) => page(&file),
                    // What is no text names no page.
                    Err(_) => Err(Kind::NotFound.into()),
                },
            ),
        )
}

fn page(file: &str) -> Result<Response, Problem> {
    let found = utoipa_swagger_ui::serve(file, Arc::clone(&CONFIG)).map_err(|_| Kind::Internal)?;
    let page = found.ok_or(Kind::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, page.content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    Ok((headers, page.bytes.into_owned()).into_response())
}
