//! The id in a path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use idv_core::RequestId;

use crate::problem::{Kind, Problem};

/// The `{id}` of a path. Text that cannot be an id is the id of nothing: 404.
pub(in crate::routes) struct PathId<Id = RequestId>(pub(super) Id);

impl<S: Send + Sync, Id: FromStr> FromRequestParts<S> for PathId<Id> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Kind::NotFound.into())
    }
}
