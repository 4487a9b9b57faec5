//! What the application was told, held against the feed, and the feed against the requests.

use std::collections::{HashMap, HashSet};

use idv_core::RequestId;
use idv_engine::store::{RequestRow, Store};

use super::Check;
use crate::load::application::{Arrivals, Listed};

/// What is compared.
pub(crate) struct Told<'a> {
    /// The feed, read when everything was at rest.
    pub(crate) feed: &'a [Listed],
    /// The feed, as somebody read it while it grew.
    pub(crate) followed: &'a [Listed],
    pub(crate) arrivals: &'a Arrivals,
}

pub(crate) async fn events(
    store: &dyn Store,
    requests: &HashMap<RequestId, RequestRow>,
    told: Told<'_>,
) -> Vec<Check> {
    vec![
        proven(told.arrivals),
        none_missing(&told),
        in_order(&told),
        without_gaps(&told),
        all_written(store, requests, told.feed).await,
        once_and_to_the_end(requests, told.feed),
    ]
}

fn proven(arrivals: &Arrivals) -> Check {
    let breaches = arrivals.unproven.iter().cloned().collect();
    let promise = "every post to the endpoint is signed as Standard Webhooks says";
    Check::new(promise, arrivals.events.len(), breaches)
}

fn none_missing(told: &Told<'_>) -> Check {
    let mut breaches = Vec::new();
    for event in told.feed {
        let name = format!("{} {} of {}", event.id, event.kind, event.request);
        match told.arrivals.events.get(&event.id) {
            None => breaches.push(format!("{name} never came")),
            Some(arrived) if arrived.taken.is_none() => {
                breaches.push(format!("{name} was refused and did not come again"));
            }
            Some(arrived) if arrived.kind != event.kind => {
                breaches.push(format!("{name} came as {}", arrived.kind));
            }
            Some(_) => {}
        }
    }
    let listed: HashSet<_> = told.feed.iter().map(|event| &event.id).collect();
    let strangers = told
        .arrivals
        .events
        .keys()
        .filter(|id| !listed.contains(id));
    breaches.extend(strangers.map(|id| format!("{id} came and is not in the feed")));
    let promise = "every event reached the endpoint at least once, none is missing";
    Check::new(promise, told.feed.len(), breaches)
}

/// An event comes only when those of its request before it were taken.
fn in_order(told: &Told<'_>) -> Check {
    let mut breaches = Vec::new();
    let mut last: HashMap<&str, &Listed> = HashMap::new();
    for event in told.feed {
        let before = last.insert(&event.request, event);
        let arrived = |event: &Listed| told.arrivals.events.get(&event.id);
        if let Some(before) = before
            && let (Some(first), Some(second)) = (arrived(before), arrived(event))
            && first.taken.is_none_or(|taken| taken > second.came)
        {
            breaches.push(format!(
                "{}: {} came before {} was taken",
                event.request, event.id, before.id
            ));
        }
    }
    let promise = "the events of a request came in order";
    Check::new(promise, told.feed.len(), breaches)
}

fn without_gaps(told: &Told<'_>) -> Check {
    let mut breaches = Vec::new();
    let followed: HashSet<_> = told.followed.iter().map(|event| &event.id).collect();
    for event in told
        .feed
        .iter()
        .filter(|event| !followed.contains(&event.id))
    {
        breaches.push(format!("{} was passed over", event.id));
    }
    if breaches.is_empty() && told.followed != told.feed {
        let differ = told.followed.iter().zip(told.feed).find(|(a, b)| a != b);
        breaches.push(match differ {
            Some((then, now)) => format!("{} stood where {} stands now", then.id, now.id),
            None => "an event was read twice".to_owned(),
        });
    }
    let promise = "who followed the feed while it grew has read what it holds now";
    Check::new(promise, told.followed.len(), breaches)
}

/// What a request has announced stands in the feed, in the same order.
async fn all_written(
    store: &dyn Store,
    requests: &HashMap<RequestId, RequestRow>,
    feed: &[Listed],
) -> Check {
    let mut listed: HashMap<&str, Vec<&str>> = HashMap::new();
    for event in feed {
        listed.entry(&event.request).or_default().push(&event.id);
    }
    let mut breaches = Vec::new();
    for id in requests.keys() {
        let written = store.reads().events_of(*id).await.unwrap();
        let written: Vec<_> = written.iter().map(|event| event.id.to_string()).collect();
        let in_feed = listed.remove(id.to_string().as_str()).unwrap_or_default();
        if written.is_empty() {
            breaches.push(format!("{id} has announced nothing"));
        }
        if written != in_feed {
            breaches.push(format!(
                "{id} has written {written:?}, and the feed has {in_feed:?}"
            ));
        }
    }
    breaches.extend(listed.keys().map(|id| format!("the feed knows {id}")));
    let promise = "the feed has every event that was written, in order per request";
    Check::new(promise, requests.len(), breaches)
}

/// Statuses whose event has their name. The others are told of as updates.
const NAMED: &[&str] = &[
    "passed",
    "failed",
    "in_review",
    "retry_required",
    "cancelled",
    "expired",
];

/// Nothing is announced twice, the status of a request was announced by its name, and its last event tells how it is.
fn once_and_to_the_end(requests: &HashMap<RequestId, RequestRow>, feed: &[Listed]) -> Check {
    let mut breaches = Vec::new();
    let mut by_request: HashMap<&str, Vec<&Listed>> = HashMap::new();
    let mut announced = HashSet::new();
    for event in feed {
        if !announced.insert((&event.request, &event.announces)) {
            breaches.push(format!(
                "{} announces {} twice",
                event.request, event.announces
            ));
        }
        by_request.entry(&event.request).or_default().push(event);
    }
    for (id, row) in requests {
        let (id, status) = (id.to_string(), row.state.status.as_word());
        let events = by_request.remove(id.as_str()).unwrap_or_default();
        let name = match NAMED.contains(&status.as_ref()) {
            true => format!("verification_request.{status}"),
            false => "verification_request.updated".to_owned(),
        };
        let is_told = |event: &&Listed| {
            let announces = event.announces.split_once('/').map(|(status, _)| status);
            event.kind == name && announces == Some(&*status)
        };
        if !events.iter().any(is_told) {
            breaches.push(format!("{id} is {status}, and no event announces it"));
        }
        if let Some(last) = events.last().filter(|event| event.status != status) {
            breaches.push(format!(
                "{id} is {status}, and its last event {} says {}",
                last.id, last.status
            ));
        }
    }
    let promise = "how a request is was announced, nothing was announced twice";
    Check::new(promise, requests.len(), breaches)
}
