//! `GET /livez`: the process is alive. Asks nobody, so that a slow database never gets it killed.

/// 200 and `ok`.
pub(super) async fn get() -> &'static str {
    "ok\n"
}
