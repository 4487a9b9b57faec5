//! `GET /livez`: the process is alive. Asks nobody, so that a slow database never gets it killed.

use crate::openapi::{ANYWHERE, problems};

problems!(Problems = ANYWHERE);

/// The process is alive
///
/// Asks nobody else, so that a slow database never gets the process killed.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "get_liveness",
    tag = "operation",
    responses((status = 200, description = "It is.", body = String, content_type = "text/plain", example = "ok\n"), Problems),
    security(())
)]
pub(super) async fn get() -> &'static str {
    "ok\n"
}
