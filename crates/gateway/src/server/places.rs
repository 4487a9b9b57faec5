//! How many connections one party may have.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::source::{ClientAddress, Source};

/// Counts the connections of each party.
#[derive(Clone, Debug)]
pub(super) struct Places {
    taken: Arc<Mutex<HashMap<Source, usize>>>,
    most: Option<usize>,
    proxies: ClientAddress,
}

/// A connection's place. Dropping it makes room.
#[derive(Debug)]
pub(super) struct Place {
    of: Option<(Places, Source)>,
}

impl Places {
    /// At most so many for each party, except for the proxies, behind which everybody comes. None: no limit.
    pub(super) fn new(most: Option<usize>, proxies: ClientAddress) -> Self {
        Self {
            taken: Arc::default(),
            most,
            proxies,
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, if the party has one left.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<Place> {
        let Some(most) = self.most.filter(|_| !self.proxies.is_proxy(peer)) else {
            return Some(Place { of: None });
        };
        let source = Source::from(peer);
        let mut taken = self.taken();
        let count = taken.entry(source).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(taken);
        let of = Some((self.clone(), source));
        Some(Place { of })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((places, source)) = self.of.take() else {
            return;
        };
        let mut taken = places.taken();
        if let Some(count) = taken.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_party_has_so_many_places_and_leaves_nothing_behind() {
        let places = Places::new(Some(2), ClientAddress::default());
        let first = places.enter(ip("8.8.8.8")).unwrap();
        let _second = places.enter(ip("8.8.8.8")).unwrap();
        assert!(places.enter(ip("8.8.8.8")).is_none());
        let other = places.enter(ip("1.1.1.1"));
        assert!(other.is_some());
        drop((first, other));
        assert!(places.enter(ip("8.8.8.8")).is_some());
        assert_eq!(places.taken().len(), 1);
    }

    #[test]
    fn a_proxy_has_as_many_as_there_are() {
        let proxies = ClientAddress {
            header: None,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        };
        let places = Places::new(Some(1), proxies);
        let taken: Vec<_> = (0..10).map(|_| places.enter(ip("10.0.0.1"))).collect();
        assert!(taken.iter().all(Option::is_some));
    }
}
