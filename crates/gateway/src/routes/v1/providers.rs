//! `GET /v1/providers`: the accounts, what each can do, and how its vendor and its queues are doing.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::{AccountId, HealthSnapshot, ProviderId, Timestamp};
use idv_engine::store::{InboxCounts, MissedWebhookCount, OutboxCounts};
use idv_engine::{Account, QueryError};
use serde::Serialize;
use utoipa::ToSchema;

use super::verification_requests::failure;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::Problem;
use crate::providers::{Kind, kinds};
use crate::routes::Api;
use crate::routes::authorisation::Operator;
use crate::server::RefusalCount;

/// For how long what webhooks have missed is counted.
const MISSED_WITHIN: Duration = Duration::from_secs(7 * 86_400);

/// The accounts and the queues.
#[derive(Serialize, ToSchema)]
#[schema(as = Providers)]
struct ProvidersJson {
    /// In the order of their names.
    accounts: Vec<AccountJson>,
    /// Every kind of provider there is, whether or not an account is of it.
    kinds: Vec<Kind>,
    inbox: InboxCountsJson,
    outbox: OutboxCountsJson,
    /// Processes that share the database and were seen lately, this one included.
    live_replicas: u64,
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
struct AccountJson {
    account: AccountId,
    /// The kind of provider, as in the configuration.
    provider: ProviderId,
    /// The vendor and product, for people.
    vendor: &'static str,
    #[schema(pattern = "^(live|sandbox)$")]
    environment: &'static str,
    /// True if it has an API key: it starts verifications, and asks the vendor. False if it only receives.
    can_fetch: bool,
    /// What the vendor can do besides, in single words.
    abilities: Vec<&'static str>,
    /// How the vendor is doing, as this process has seen it; null if nobody watches: an account that only receives
    /// makes no calls.
    #[schema(required)]
    health: Option<HealthJson>,
    webhooks: WebhooksJson,
}

/// How a vendor is doing.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountHealth)]
struct HealthJson {
    /// `closed`: calls are made. `open`: none is, because too many have failed in a row. `half_open`: one at a time, to
    /// see whether the vendor is back.
    #[schema(pattern = "^(closed|open|half_open)$")]
    circuit: &'static str,
    /// Since when no calls are made; null while they are.
    #[schema(required)]
    open_since: Option<Timestamp>,
    /// The earliest time of the next call; null while they are made.
    #[schema(required)]
    open_until: Option<Timestamp>,
    /// Calls that failed since the last one that was answered.
    failures_in_a_row: u32,
    /// The last call that failed; null if none has since the process began.
    #[schema(required)]
    last_failure_at: Option<Timestamp>,
    /// Why it failed, in one word.
    #[schema(required)]
    last_failure_reason: Option<&'static str>,
    /// When the vendor last answered; null if it has not since the process began.
    #[schema(required)]
    last_success_at: Option<Timestamp>,
    /// Calls per second that this process may make: its share of the limit.
    calls_per_sec: f64,
    /// Calls that were put off for lack of room within the limit, since the process began.
    calls_held_back: u64,
    /// Until when the vendor asked for no calls; null if it does not.
    #[schema(required)]
    held_back_until: Option<Timestamp>,
}

/// What came of an account's webhooks.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountWebhooks)]
struct WebhooksJson {
    /// Those that were not proven and refused, by reason, since this process began.
    refused: BTreeMap<&'static str, u64>,
    /// Changes found within seven days by asking that no webhook had told of.
    missed: u64,
    /// For how many of them one came after all.
    late: u64,
}

/// How many webhooks are in each state.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxCounts)]
struct InboxCountsJson {
    /// To be worked on.
    pending: u64,
    /// Worked on.
    done: u64,
    /// Concerning nothing that is worked on here.
    ignored: u64,
    /// About sessions nobody here knows.
    unmatched: u64,
    /// Given up: somebody must look.
    dead: u64,
}

/// How much is on its way to endpoints.
#[derive(Serialize, ToSchema)]
#[schema(as = OutboxCounts)]
struct OutboxCountsJson {
    /// To be sent to endpoints that are enabled.
    pending: u64,
    /// Given up after all the tries there are.
    failed: u64,
    /// For how long the oldest event waits, in seconds; 0 if none does.
    lag_secs: u64,
}

impl ProvidersJson {
    async fn of(api: &Api) -> Result<Self, QueryError> {
        let (engine, now) = (&api.engine, api.clock.now());
        let missed = engine
            .missed_webhook_counts(now.minus(MISSED_WITHIN))
            .await?;
        let refused = api.refusals().list();
        let accounts = engine.accounts().iter();
        Ok(Self {
            accounts: accounts
                .map(|account| AccountJson::of(account, &missed, &refused))
                .collect(),
            kinds: kinds(&api.clock),
            inbox: InboxCountsJson::of(engine.inbox_counts().await?),
            outbox: OutboxCountsJson::of(engine.store().outbox().counts().await?, now),
            live_replicas: engine.live_replicas().await?,
        })
    }
}

impl AccountJson {
    fn of(account: &Account, missed: &[MissedWebhookCount], refused: &[RefusalCount]) -> Self {
        let refused = refused.iter().filter(|count| count.account == account.id);
        let info = account.provider.info();
        let missed = missed.iter().find(|count| count.account == account.id);
        Self {
            account: account.id.clone(),
            provider: info.id.clone(),
            vendor: info.vendor,
            environment: account.environment.as_word(),
            can_fetch: account.can_fetch,
            abilities: account.provider.abilities().words(),
            health: account
                .health
                .as_ref()
                .map(|health| HealthJson::of(&health.snapshot())),
            webhooks: WebhooksJson {
                refused: refused.map(|count| (count.reason, count.count)).collect(),
                missed: missed.map_or(0, |count| count.missed),
                late: missed.map_or(0, |count| count.late),
            },
        }
    }
}

impl HealthJson {
    fn of(health: &HealthSnapshot) -> Self {
        Self {
            circuit: health.circuit.as_word(),
            open_since: health.open_since,
            open_until: health.open_until,
            failures_in_a_row: health.failures_in_a_row,
            last_failure_at: health.last_failure.map(|failure| failure.at),
            last_failure_reason: health.last_failure.map(|failure| failure.reason),
            last_success_at: health.last_success_at,
            calls_per_sec: health.calls_per_sec,
            calls_held_back: health.calls_held_back,
            held_back_until: health.held_back_until,
        }
    }
}

impl InboxCountsJson {
    const fn of(counts: InboxCounts) -> Self {
        Self {
            pending: counts.pending,
            done: counts.done,
            ignored: counts.ignored,
            unmatched: counts.unmatched,
            dead: counts.dead,
        }
    }
}

impl OutboxCountsJson {
    fn of(counts: OutboxCounts, now: Timestamp) -> Self {
        Self {
            pending: counts.pending,
            failed: counts.failed,
            lag_secs: counts
                .oldest_pending
                .map_or(0, |oldest| now.since(oldest).as_secs()),
        }
    }
}

problems!(Problems = WITH_A_KEY);

/// Read how the accounts and the queues are
///
/// Every account with what it can do, whether its vendor answers, and how far its limit of calls goes; what each kind of
/// provider can do and tell; how much waits in the inbox and on its way to endpoints.
#[utoipa::path(
    get,
    path = "/v1/providers",
    operation_id = "list_providers",
    tag = "operation",
    responses((status = 200, description = "All of them.", body = ProvidersJson), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
) -> Result<Response, Problem> {
    let providers = ProvidersJson::of(&api).await;
    let providers = providers.map_err(|error| failure::of_query(&error))?;
    Ok(Json(providers).into_response())
}
