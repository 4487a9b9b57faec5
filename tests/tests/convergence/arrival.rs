//! What comes in, in whatever order, and what the application is told on the way.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use idv_core::{ProviderInfo, RequestState, Status, Timestamp};
use idv_engine::fold::{
    Announcement, Chapter, SessionState, announcements, fold_request, fold_session,
};
use idv_engine::store::{EventKind, ObservationRow};

use super::history::{Arrival, History};

/// A way to fold a session.
pub(crate) type Fold = fn(&ProviderInfo, &[ObservationRow]) -> SessionState;

/// The mutant: the last that came in counts.
pub(crate) fn by_arrival(info: &ProviderInfo, observations: &[ObservationRow]) -> SessionState {
    let mut rows = observations.to_vec();
    for (index, row) in rows.iter_mut().enumerate() {
        let place = super::history::at(u64::try_from(index).unwrap());
        row.as_of = place;
        row.vendor_time = None;
        if let Some(mapped) = &mut row.mapped {
            mapped.updated_at = None;
        }
    }
    fold_session(info, &rows)
}

/// Where a request stands after some of it has come in.
pub(crate) fn stand(
    info: &ProviderInfo,
    arrived: &[&Arrival],
    fold: Fold,
) -> (RequestState, Vec<Announcement>) {
    let restarts: Vec<Timestamp> = arrived
        .iter()
        .filter_map(|arrival| match arrival {
            Arrival::Restart(at) => Some(*at),
            _ => None,
        })
        .collect();
    let sessions: Vec<Vec<ObservationRow>> = (0..=restarts.len())
        .map(|session| {
            let rows = arrived.iter().filter_map(|arrival| match arrival {
                Arrival::About(number, row) if *number == session => Some(row.clone()),
                _ => None,
            });
            rows.collect()
        })
        .collect();
    let commands: Vec<ObservationRow> = arrived
        .iter()
        .filter_map(|arrival| match arrival {
            Arrival::Command(row) => Some(row.clone()),
            _ => None,
        })
        .collect();
    let states: Vec<_> = sessions.iter().map(|rows| fold(info, rows)).collect();
    let (current, superseded) = states.split_last().unwrap();
    let superseded: Vec<_> = superseded.iter().collect();
    let state = fold_request(current, &superseded, &commands);
    let chapters: Vec<_> = sessions
        .iter()
        .enumerate()
        .map(|(index, observations)| Chapter {
            info,
            observations,
            superseded_at: restarts.get(index).copied(),
        })
        .collect();
    let announced = announcements(&chapters, &commands, &state);
    (state, announced)
}

/// The orders in which a history may have come in: all of them if there are few, else some. A command keeps its place
/// between what had come in before it and what came after.
pub(crate) fn orders(history: &History, rng: &mut Rng) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..history.arrivals.len()).collect();
    let blocks: Vec<&[usize]> = all
        .chunk_by(|a, b| !history.arrivals[*a].is_fixed() && !history.arrivals[*b].is_fixed())
        .collect();
    let mut found = BTreeSet::new();
    if all.len() <= 6 {
        let mut partial = vec![Vec::new()];
        for block in blocks {
            let ways = permutations(block);
            partial = partial
                .into_iter()
                .flat_map(|before: Vec<usize>| {
                    ways.iter().map(move |way| [&before[..], way].concat())
                })
                .collect();
        }
        found.extend(partial);
    } else {
        found.insert(all.clone());
        for _ in 0..24 {
            let mut order = Vec::new();
            for block in &blocks {
                let mut block = block.to_vec();
                rng.shuffle(&mut block);
                order.extend(block);
            }
            found.insert(order);
        }
    }
    found.into_iter().collect()
}

/// Every order of some things, whatever they are.
pub(crate) fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for index in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(index);
        for mut tail in permutations(&rest) {
            tail.insert(0, first);
            found.push(tail);
        }
    }
    found
}

/// What the application was told, as the engine tells it: after each arrival, what was not told before.
pub(crate) fn tell(
    history: &History,
    info: &ProviderInfo,
    order: &[usize],
    fold: Fold,
    known_stands: &mut BTreeMap<BTreeSet<usize>, (RequestState, Vec<Announcement>)>,
) -> Result<(RequestState, BTreeSet<String>), String> {
    let mut told: BTreeSet<String> = BTreeSet::from(["created/1".to_owned()]);
    let mut before = Status::Created;
    let mut last_decisive = None;
    let mut state = RequestState::created();
    for end in 1..=order.len() {
        let prefix: BTreeSet<usize> = order[..end].iter().copied().collect();
        let (now, announced) = known_stands
            .entry(prefix)
            .or_insert_with(|| {
                let arrived: Vec<_> = order[..end].iter().map(|i| &history.arrivals[*i]).collect();
                stand(info, &arrived, fold)
            })
            .clone();
        let new: Vec<_> = announced
            .into_iter()
            .filter(|announcement| told.insert(announcement.key.clone()))
            .collect();
        for announcement in &new {
            if is_decisive(announcement.kind) {
                last_decisive = Some(announcement.kind);
            }
        }
        let word = now.status.as_word();
        let says_it = new
            .iter()
            .any(|a| a.key.rsplit_once('/').is_some_and(|(s, _)| s == word));
        if before != now.status && !says_it {
            return Err(format!(
                "{before} became {} and no event says so, after {:?}",
                now.status,
                &order[..end]
            ));
        }
        let decision = kind_of(&now.status);
        if decision.is_some() && decision != last_decisive {
            return Err(format!(
                "it is {}, and the last that was told is {last_decisive:?}",
                now.status
            ));
        }
        before = now.status.clone();
        state = now;
    }
    Ok((state, told))
}

/// A kind that says how a request is, and not only that something happened.
pub(crate) fn is_decisive(kind: EventKind) -> bool {
    Status::KNOWN
        .iter()
        .any(|status| kind_of(status) == Some(kind))
}

/// The event that says a request is in this status.
pub(crate) fn kind_of(status: &Status) -> Option<EventKind> {
    match status {
        Status::Passed => Some(EventKind::Passed),
        Status::Failed => Some(EventKind::Failed),
        Status::InReview => Some(EventKind::InReview),
        Status::RetryRequired => Some(EventKind::RetryRequired),
        Status::Cancelled => Some(EventKind::Cancelled),
        Status::Expired => Some(EventKind::Expired),
        Status::Errored => Some(EventKind::Errored),
        _ => None,
    }
}
