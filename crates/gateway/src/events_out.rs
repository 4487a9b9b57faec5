//! What the engine needs to tell the application: a way to its endpoints, which URLs those may have, and what a request
//! looks like in the API.

use std::sync::Arc;

use idv_engine::{DescribeRequest, EndpointUrlProblem, Engine, RequestView};
use idv_http::{EndpointHttpSettings, EndpointTransport, SetupError, check_endpoint_url};
use serde_json::value::RawValue;

use crate::routes::v1::verification_requests::RequestJson;

/// The way to the application's endpoints could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("endpoints: {0}")]
pub(crate) struct NoWayToEndpoints(#[from] SetupError);

/// Gives the engine its way to endpoints.
///
/// # Errors
/// [`NoWayToEndpoints`] if the certificates cannot be used.
pub(crate) fn connect(
    engine: Engine,
    settings: &EndpointHttpSettings,
) -> Result<Engine, NoWayToEndpoints> {
    let policy = settings.policy.clone();
    let check = move |url: &str| {
        let sound = check_endpoint_url(url, &policy);
        sound
            .map(drop)
            .map_err(|problem| EndpointUrlProblem(problem.to_string()))
    };
    Ok(engine
        .with_endpoint_transport(Arc::new(EndpointTransport::new(settings)?))
        .with_endpoint_check(Arc::new(check))
        .with_full_payload(Arc::new(AsTheApiShowsIt)))
}

/// A request, as the API shows it.
#[derive(Debug)]
struct AsTheApiShowsIt;

impl DescribeRequest for AsTheApiShowsIt {
    fn describe(&self, view: &RequestView) -> Box<RawValue> {
        let json = serde_json::value::to_raw_value(&RequestJson::of(view));
        json.unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}
