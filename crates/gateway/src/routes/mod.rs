//! Every route on one screen. A file is called as its URL.

mod authorisation;
mod body;
mod cursor;
mod docs;
mod idempotency;
mod livez;
mod metrics;
mod openapi_json;
mod pulled_body;
mod query;
mod readyz;
pub(crate) mod v1;
mod webhooks;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use idv_core::Clock;
use idv_engine::Engine;
use tokio::sync::Semaphore;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::Settings;
use crate::diagnose::Diagnoser;
use crate::metrics::Metrics;
use crate::openapi::Description;
use crate::problem::{Kind, Problem};
use crate::server::{ClientAddress, RefusalCounts, Shutdown};
use body::{BodyBudget, BodyLimits};
use v1::verification_requests;

/// What every route can reach. Every request gets handles of it, and several on the way: one is one count.
#[derive(Clone, Debug)]
pub(crate) struct Api(Arc<Reach>);

impl Deref for Api {
    type Target = Reach;

    fn deref(&self) -> &Reach {
        &self.0
    }
}

/// What every route can reach.
#[derive(Debug)]
pub(crate) struct Reach {
    engine: Engine,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    body_limits: BodyLimits,
    /// One permit for each stream of events that may be open.
    streams: Arc<Semaphore>,
    /// One permit for each file that may be on its way.
    downloads: Arc<Semaphore>,
    metrics: Metrics,
    metrics_are_open: bool,
    client_address: ClientAddress,
    refusals: RefusalCounts,
    diagnoser: Diagnoser,
}

/// Of the connections there may be, every so many-th may be a stream of events, and as many may pass on a file: they stay,
/// and others want in too.
const CONNECTIONS_PER_STREAM: usize = 4;

impl Api {
    pub(crate) fn new(
        engine: Engine,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        settings: &Settings,
        metrics: Metrics,
    ) -> Self {
        let server = &settings.server;
        let long_lived = server.max_connections.div_ceil(CONNECTIONS_PER_STREAM);
        let diagnoser = Diagnoser::new(&engine, &settings.accounts, Arc::clone(&clock));
        Self(Arc::new(Reach {
            engine,
            clock,
            shutdown,
            body_limits: BodyLimits {
                max_bytes: server.max_body_bytes,
                timeout: server.body_timeout,
                budget: BodyBudget::of_bytes(server.max_bodies_bytes),
            },
            streams: Arc::new(Semaphore::new(long_lived)),
            downloads: Arc::new(Semaphore::new(long_lived)),
            metrics,
            metrics_are_open: settings.metrics_are_open,
            client_address: server.client_address.clone(),
            refusals: RefusalCounts::new(server.refusals_per_minute),
            diagnoser,
        }))
    }

    /// The webhooks that were not believed, since the process began.
    pub(crate) fn refusals(&self) -> &RefusalCounts {
        &self.refusals
    }
}

/// Every route with its description. Whoever adds a route adds it here, and it is in the document.
pub(crate) fn described() -> OpenApiRouter<Api> {
    use v1::endpoints::deliveries;
    use v1::{endpoints, events, inbox};
    use verification_requests::{
        bypass, cancel, create, evidence, explain, get, link, list, recreate, redact, refresh,
        remind, resolve, timeline, update,
    };
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(livez::get))
        .routes(routes!(readyz::get))
        .routes(routes!(metrics::get))
        .routes(routes!(openapi_json::get))
        .routes(routes!(webhooks::post))
        .routes(routes!(create::post, list::get))
        .routes(routes!(get::get, update::patch))
        .routes(routes!(cancel::post))
        .routes(routes!(v1::sessions::cancel))
        .routes(routes!(recreate::post))
        .routes(routes!(bypass::post))
        .routes(routes!(resolve::post))
        .routes(routes!(remind::post))
        .routes(routes!(refresh::post))
        .routes(routes!(v1::subjects::get))
        .routes(routes!(v1::organizations::get))
        .routes(routes!(link::post))
        .routes(routes!(timeline::get))
        .routes(routes!(explain::get))
        .routes(routes!(evidence::list::get))
        .routes(routes!(evidence::open::get))
        .routes(routes!(redact::post))
        .routes(routes!(v1::erasures::create::post))
        .routes(routes!(v1::erasures::get::get))
        .routes(routes!(events::list::get))
        .routes(routes!(events::stream::get))
        .routes(routes!(endpoints::create::post, endpoints::list::get))
        .routes(routes!(
            endpoints::get::get,
            endpoints::update::patch,
            endpoints::delete::delete
        ))
        .routes(routes!(endpoints::rotate_secret::post))
        .routes(routes!(endpoints::test::post))
        .routes(routes!(endpoints::replay::post))
        .routes(routes!(deliveries::list::get))
        .routes(routes!(deliveries::get::get))
        .routes(routes!(deliveries::resend::post))
        .routes(routes!(inbox::list::get))
        .routes(routes!(inbox::get::get))
        .routes(routes!(inbox::missed::get))
        .routes(routes!(inbox::refusals::get))
        .routes(routes!(inbox::requeue::post))
        .routes(routes!(inbox::requeue_all::post))
        .routes(routes!(v1::providers::get))
}

/// The routes, the pages that show their description, and what is said where there is nothing.
pub(crate) fn router(api: Api) -> Router {
    let (described, _) = described().split_for_parts();
    described
        .merge(docs::pages())
        .fallback(async || Problem::from(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::from(Kind::MethodNotAllowed))
        .with_state(api)
}

#[cfg(test)]
mod tests;
