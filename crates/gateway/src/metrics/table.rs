//! Every metric there is, with its unit, its labels and what it says. Tests hold it to what the program emits, and
//! to the table in the crate's README.

use ::metrics::Unit;

/// One metric.
#[derive(Debug)]
pub(crate) struct Metric {
    /// Its name, after the habits of Prometheus: `_total` counts, `_seconds` is a time.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
    /// Each takes few values: words of ours, and names from the configuration.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for the tests that hold the program to it")
    )]
    pub(crate) labels: &'static [&'static str],
    /// One sentence for whoever meets it in a dashboard.
    pub(crate) help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        unit: Unit::Count,
        labels,
        help,
    }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        unit: Unit::Count,
        labels,
        help,
    }
}

const fn seconds(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        labels,
        help,
    }
}

/// Every metric.
pub(crate) const TABLE: &[Metric] = &[
    gauge(
        "idv_build_info",
        &["version"],
        "Always 1; the version is in the label.",
    ),
    seconds(
        "idv_http_server_request_duration_seconds",
        &[
            "http_request_method",
            "http_route",
            "http_response_status_code",
        ],
        "How long requests took, by method, route and status.",
    ),
    counter(
        "idv_webhooks_received_total",
        &["account", "provider", "outcome"],
        "Webhooks posted to an account: stored, duplicate, refused, or answered with 503 (undecided, overloaded, failed).",
    ),
    counter(
        "idv_webhooks_refused_total",
        &["provider", "reason"],
        "Webhooks that were not proven genuine, by the reason that the sender is not told.",
    ),
    seconds(
        "idv_webhook_ingest_duration_seconds",
        &["provider"],
        "How long it took to prove a webhook and to have it on disk.",
    ),
    counter(
        "idv_webhooks_worked_total",
        &["provider", "outcome"],
        "Pieces of work on webhooks, by what became of them; tried_again comes back later.",
    ),
    gauge(
        "idv_inbox_deliveries",
        &["state"],
        "Webhooks in the inbox, by state; dead ones wait for an operator.",
    ),
    gauge(
        "idv_inbox_queue",
        &[],
        "Webhooks that wait for the disk in this process.",
    ),
    seconds(
        "idv_provider_request_duration_seconds",
        &["account", "provider", "operation", "outcome"],
        "How long each try of a request to a vendor took, by outcome.",
    ),
    gauge(
        "idv_circuit_state",
        &["account"],
        "Whether calls to the vendor are made: 0 they are, 1 one at a time to see whether it is back, 2 none.",
    ),
    counter(
        "idv_calls_held_back_total",
        &["account"],
        "Calls to the vendor that were not made for lack of room within its limit.",
    ),
    counter(
        "idv_jobs_total",
        &["kind", "outcome"],
        "Tries of jobs: done, failed (tried again later), gave_up (no tries are left).",
    ),
    gauge("idv_jobs_waiting", &[], "Jobs that wait to be done."),
    counter(
        "idv_events_total",
        &["kind"],
        "Events written for the application, by kind.",
    ),
    gauge(
        "idv_outbox_pending",
        &[],
        "Deliveries of events that are to be sent to endpoints that are enabled.",
    ),
    Metric {
        name: "idv_outbox_lag_seconds",
        kind: Kind::Gauge,
        unit: Unit::Seconds,
        labels: &[],
        help: "How long ago the oldest event was written that is still to be sent to an enabled endpoint.",
    },
    counter(
        "idv_deliveries_total",
        &["outcome"],
        "Attempts to deliver an event to an endpoint, by what became of them; tried_again comes back later.",
    ),
    seconds(
        "idv_delivery_duration_seconds",
        &["outcome"],
        "How long attempts to deliver an event took.",
    ),
    gauge(
        "idv_endpoints",
        &["state"],
        "Endpoints of the application, by whether events are sent to them.",
    ),
    counter(
        "idv_reconciler_polls_total",
        &["provider", "outcome"],
        "Sessions that were asked about because they were quiet for too long: changed, unchanged, failed.",
    ),
    counter(
        "idv_missed_webhooks_total",
        &["provider"],
        "Changes that were found by asking and that no webhook had told of.",
    ),
    counter(
        "idv_swept_total",
        &["what"],
        "What the sweeper ended, erased or forgot because its time was up.",
    ),
];
