//! Every route on one screen. A file is called as its URL.

mod authorisation;
mod body;
mod cursor;
mod livez;
mod query;
mod readyz;
mod v1;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use idv_core::Clock;
use idv_engine::Engine;

use crate::config::ServerSettings;
use crate::problem::{Kind, Problem};
use crate::server::Shutdown;
use body::BodyLimits;
use v1::verification_requests;

/// What every route can reach.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    engine: Engine,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    body_limits: BodyLimits,
}

impl Api {
    pub(crate) const fn new(
        engine: Engine,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        server: &ServerSettings,
    ) -> Self {
        Self {
            engine,
            clock,
            shutdown,
            body_limits: BodyLimits {
                max_bytes: server.max_body_bytes,
                timeout: server.body_timeout,
            },
        }
    }
}

/// The routes, and what is said where there is none.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/livez", get(livez::get))
        .route("/readyz", get(readyz::get))
        .route("/webhooks/{account}", post(webhooks::post))
        .route(
            "/v1/verification-requests",
            post(verification_requests::create::post).get(verification_requests::list::get),
        )
        .route(
            "/v1/verification-requests/{id}",
            get(verification_requests::get::get),
        )
        .route(
            "/v1/verification-requests/{id}/link",
            post(verification_requests::link::post),
        )
        .route(
            "/v1/verification-requests/{id}/timeline",
            get(verification_requests::timeline::get),
        )
        .fallback(async || Problem::from(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::from(Kind::MethodNotAllowed))
        .with_state(api)
}

#[cfg(test)]
mod tests;
