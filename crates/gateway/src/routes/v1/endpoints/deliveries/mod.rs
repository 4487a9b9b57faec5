//! `/v1/endpoints/{id}/deliveries`: what became of the events on their way to an endpoint.

pub(in crate::routes) mod get;
pub(in crate::routes) mod list;
pub(in crate::routes) mod resend;
pub(crate) mod view;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use idv_core::{EndpointId, EventId};

use crate::problem::{Kind, Problem};

/// The two ids of a path. Text that cannot be an id is the id of nothing: 404.
pub(in crate::routes) struct DeliveryPath(EndpointId, EventId);

impl<S: Send + Sync> FromRequestParts<S> for DeliveryPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Ok(Path((endpoint, event))) = path else {
            return Err(Kind::NotFound.into());
        };
        match (endpoint.parse(), event.parse()) {
            (Ok(endpoint), Ok(event)) => Ok(Self(endpoint, event)),
            _ => Err(Kind::NotFound.into()),
        }
    }
}
