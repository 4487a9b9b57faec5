//! `GET /v1/verification-requests/{id}/explain`: every value of a request's state, with where it comes from.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::{ObservationId, RequestId, SessionKey, Timestamp};
use idv_engine::fold::CommandFact;
use idv_engine::{Because, Explained};
use serde::Serialize;
use utoipa::ToSchema;

use super::failure;
use super::view::ActorJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;
use crate::routes::v1::path::PathId;

/// Why a request is what it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation, examples(json!(super::example::explanation())))]
pub(crate) struct ExplanationJson<'a> {
    /// Every value of its state, by place.
    data: Vec<ExplainedJson<'a>>,
}

/// One value, and where it comes from.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedValue)]
struct ExplainedJson<'a> {
    /// Its place in the state: a JSON pointer, such as `/status` or `/steps/0/status`.
    place: &'a str,
    /// The value, a word of ours.
    value: &'a str,
    because: BecauseJson<'a>,
}

/// Where a value comes from.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Because)]
enum BecauseJson<'a> {
    /// A vendor said so.
    Vendor {
        /// The session it said it about.
        session: SessionKey,
        /// The entry of the timeline that carried it.
        observation: ObservationId,
        /// How it was learned: `notification`, `payload`, `fetch` or `start`.
        source: &'static str,
        /// A word of ours, or the vendor's type of event.
        what: &'a str,
        /// What it could know at best.
        as_of: Timestamp,
        /// The part of what the vendor said: `session`, `report`, `event` …
        part: &'a str,
        /// JSON pointer into that part.
        pointer: &'a str,
        /// The row of the mapping table that made our word of it.
        rule: &'a str,
        /// The version of the mapping tables.
        mapping_version: u32,
    },
    /// Somebody, or a rule of the configuration, decided so, whatever the vendor says.
    Command {
        /// The entry of the timeline that keeps it.
        observation: ObservationId,
        /// What was decided, such as `cancelled`, `bypassed` or `review_passed`.
        decided: &'static str,
        actor: ActorJson<'a>,
        at: Timestamp,
    },
    /// Nothing was said about it yet.
    Nothing,
}

impl<'a> ExplanationJson<'a> {
    pub(crate) fn of(explained: &'a [Explained]) -> Self {
        let data = explained.iter().map(ExplainedJson::of).collect();
        Self { data }
    }
}

impl<'a> ExplainedJson<'a> {
    fn of(explained: &'a Explained) -> Self {
        let because = match &explained.because {
            Because::Vendor {
                session,
                observation,
                source,
                what,
                as_of,
                origin,
            } => BecauseJson::Vendor {
                session: *session,
                observation: *observation,
                source: source.as_word(),
                what,
                as_of: *as_of,
                part: &origin.part,
                pointer: &origin.pointer,
                rule: &origin.rule,
                mapping_version: origin.mapping_version,
            },
            Because::Command {
                observation,
                decided,
                actor,
                at,
            } => BecauseJson::Command {
                observation: *observation,
                decided: word(decided),
                actor: ActorJson::of(actor),
                at: *at,
            },
            _ => BecauseJson::Nothing,
        };
        Self {
            place: &explained.place,
            value: &explained.value,
            because,
        }
    }
}

pub(crate) const fn word(decided: &CommandFact) -> &'static str {
    match decided {
        CommandFact::Restarted { .. } => "restarted",
        CommandFact::Cancelled { .. } => "cancelled",
        CommandFact::Bypassed { .. } => "bypassed",
        CommandFact::ReviewResolved { passed: true, .. } => "review_passed",
        CommandFact::ReviewResolved { .. } => "review_failed",
        CommandFact::PolicyEnded { .. } => "policy_ended",
        CommandFact::Remapped { .. } => "remapped",
        _ => "decided",
    }
}

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Explain a request
///
/// Every value of its state with the vendor's value, the row of the mapping table and the entry of the timeline behind
/// it, or with the command that decided it.
#[utoipa::path(
    get,
    path = "/v1/verification-requests/{id}/explain",
    operation_id = "explain_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request.")),
    responses((status = 200, description = "The values.", body = ExplanationJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let found = api.engine.explain(id).await;
    let explained = found
        .map_err(|error| failure::of_query(&error))?
        .ok_or(Kind::NotFound)?;
    Ok(Json(ExplanationJson::of(&explained)).into_response())
}
