//! `GET /readyz`: send requests here. 503 while the server is leaving or its database cannot be used.

use axum::extract::State;

use super::Api;
use crate::gateway::database_is_well;
use crate::openapi::{ANYWHERE, problems};
use crate::problem::{Kind, Problem};

problems!(Problems = ANYWHERE, &[Kind::Unavailable]);

/// Requests may be sent here
///
/// Not while the server is leaving, or its database cannot be used.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "get_readiness",
    tag = "operation",
    responses((status = 200, description = "They may.", body = String, content_type = "text/plain", example = "ok\n"), Problems),
    security(())
)]
pub(super) async fn get(State(api): State<Api>) -> Result<&'static str, Problem> {
    let unavailable = |detail| {
        Problem::new(Kind::Unavailable)
            .detail(detail)
            .retry_after_secs(1)
    };
    if api.shutdown.is_leaving() {
        Err(unavailable("the server is shutting down"))
    } else if database_is_well(&api.engine).await {
        Ok("ok\n")
    } else {
        Err(unavailable("the database cannot be used"))
    }
}
