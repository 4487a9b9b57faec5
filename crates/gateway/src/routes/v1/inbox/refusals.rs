//! `GET /v1/inbox/refusals`: why webhooks were refused, since this process began.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::{AccountId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::diagnose::{Cause, DiagnosisCount};
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::Problem;
use crate::routes::Api;
use crate::routes::authorisation::Operator;
use crate::server::RefusalCount;

/// Why webhooks were refused, as this process has seen it.
#[derive(Serialize, ToSchema)]
#[schema(as = Refusals, examples(json!(example())))]
struct RefusalsJson {
    /// Since when this process counts.
    since: Timestamp,
    /// Every refusal, by account and reason.
    refused: Vec<RefusedJson>,
    /// What was found out about some of them: at most one delivery per account within 30 s is looked at.
    diagnosed: Vec<DiagnosedJson>,
}

/// Refusals of one account for one reason.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusalCount)]
struct RefusedJson {
    account: AccountId,
    /// The reason in one word, as in the log and in the metrics.
    cause: &'static str,
    /// What that means.
    sentence: &'static str,
    /// What to do about it.
    remedy: &'static str,
    count: u64,
    last_at: Timestamp,
}

/// Deliveries of one account that were looked at and had one cause.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusalDiagnosis)]
struct DiagnosedJson {
    account: AccountId,
    /// The cause in one word, as `idv webhook diagnose` says it.
    cause: &'static str,
    /// `proven` if the delivery verifies once the cause is undone, `likely` if it only looks like it. Of the last one.
    #[schema(pattern = "^(proven|likely)$")]
    certainty: &'static str,
    /// What happened.
    sentence: &'static str,
    /// What was special about the last one.
    #[schema(required)]
    detail: Option<String>,
    /// What to do about it.
    remedy: &'static str,
    count: u64,
    last_at: Timestamp,
}

impl RefusedJson {
    fn of(count: RefusalCount) -> Self {
        let cause = Cause::of_word(count.reason).unwrap_or(Cause::NoMatchingKey);
        Self {
            account: count.account,
            cause: count.reason,
            sentence: cause.sentence(),
            remedy: cause.remedy(),
            count: count.count,
            last_at: count.last_at,
        }
    }
}

impl DiagnosedJson {
    fn of((account, cause, found): (AccountId, Cause, DiagnosisCount)) -> Self {
        Self {
            account,
            cause: cause.as_word(),
            certainty: found.certainty.as_word(),
            sentence: cause.sentence(),
            detail: found.detail,
            remedy: cause.remedy(),
            count: found.count,
            last_at: found.last_at,
        }
    }
}

fn example() -> serde_json::Value {
    let (refused, found) = (Cause::NoMatchingKey, Cause::BodyReserialised);
    serde_json::json!({
        "since": "2026-11-20T12:00:00Z",
        "refused": [{
            "account": "acme-eu",
            "cause": refused.as_word(),
            "sentence": refused.sentence(),
            "remedy": refused.remedy(),
            "count": 17,
            "last_at": "2026-11-20T19:43:00Z",
        }],
        "diagnosed": [{
            "account": "acme-eu",
            "cause": found.as_word(),
            "certainty": "proven",
            "sentence": found.sentence(),
            "detail": "it fits written indented by 2 spaces",
            "remedy": found.remedy(),
            "count": 3,
            "last_at": "2026-11-20T19:43:00Z",
        }],
    })
}

problems!(Problems = WITH_A_KEY);

/// Read why webhooks were refused
///
/// Since this process began, and of this process alone: nothing of a refused webhook is stored. Every refusal is counted
/// under the reason for which it was refused; a few deliveries are looked at more closely, as `idv webhook diagnose` does.
#[utoipa::path(
    get,
    path = "/v1/inbox/refusals",
    operation_id = "list_refusals",
    tag = "inbox",
    responses((status = 200, description = "All of them.", body = RefusalsJson), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
) -> Result<Response, Problem> {
    let json = RefusalsJson {
        since: api.diagnoser.since(),
        refused: api
            .refusals()
            .list()
            .into_iter()
            .map(RefusedJson::of)
            .collect(),
        diagnosed: api
            .diagnoser
            .list()
            .into_iter()
            .map(DiagnosedJson::of)
            .collect(),
    };
    Ok(Json(json).into_response())
}
