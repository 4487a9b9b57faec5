//! How much memory the bodies of all requests take together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::{Bytes, BytesMut};

use crate::server::Source;

/// The bytes of all bodies that are in memory. Cloning it gives another handle on the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget {
    all: Level,
    /// What one source may have of it, for a handle that is about one.
    one: Option<Level>,
    sources: Arc<Mutex<HashMap<Source, Weak<AtomicUsize>>>>,
}

#[derive(Clone, Debug)]
struct Level {
    held: Arc<AtomicUsize>,
    most: usize,
}

impl Level {
    fn new(most: usize) -> Self {
        Self {
            held: Arc::default(),
            most,
        }
    }

    fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let fits = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= self.most);
        self.held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Sources that are remembered before those without a body are forgotten.
const MANY_SOURCES: usize = 1024;

impl BodyBudget {
    /// At most so many bytes.
    pub(crate) fn of_bytes(most: usize) -> Self {
        Self {
            all: Level::new(most),
            one: None,
            sources: Arc::default(),
        }
    }

    /// The same budget for one source, which gets no more than half of it: nobody can take all the room.
    pub(super) fn of_source(&self, source: Source) -> Self {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MANY_SOURCES {
            sources.retain(|_, held| held.strong_count() > 0);
        }
        let mut one = Level::new(self.all.most / 2);
        match sources.get(&source).and_then(Weak::upgrade) {
            Some(held) => one.held = held,
            None => {
                sources.insert(source, Arc::downgrade(&one.held));
            }
        }
        drop(sources);
        Self {
            one: Some(one),
            ..self.clone()
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.all.held()
    }

    fn levels(&self) -> impl Iterator<Item = &Level> {
        self.one.iter().chain([&self.all])
    }

    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.levels()
            .all(|level| level.held().saturating_add(bytes) <= level.most)
    }

    fn take(&self, bytes: usize) -> bool {
        let Some(one) = &self.one else {
            return self.all.take(bytes);
        };
        if !one.take(bytes) {
            return false;
        }
        let is_taken = self.all.take(bytes);
        if !is_taken {
            one.give_back(bytes);
        }
        is_taken
    }
}

/// There is no room for more.
#[derive(Debug)]
pub(super) struct NoRoom;

/// One body and its part of the budget.
#[derive(Debug)]
pub(super) struct Share {
    budget: BodyBudget,
    taken: usize,
    /// The whole, if it came in one piece, as most do.
    only: Bytes,
    several: BytesMut,
}

impl Share {
    pub(super) fn of(budget: &BodyBudget) -> Self {
        Self {
            budget: budget.clone(),
            taken: 0,
            only: Bytes::new(),
            several: BytesMut::new(),
        }
    }

    pub(super) fn add(&mut self, piece: Bytes) -> Result<(), NoRoom> {
        if !self.budget.take(piece.len()) {
            return Err(NoRoom);
        }
        let is_first = self.taken == 0;
        self.taken += piece.len();
        if is_first {
            self.only = piece;
        } else {
            self.several
                .extend_from_slice(&std::mem::take(&mut self.only));
            self.several.extend_from_slice(&piece);
        }
        Ok(())
    }

    /// The whole body. Its part of the budget is free when the last handle on the bytes is dropped.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Share {
    fn as_ref(&self) -> &[u8] {
        if self.several.is_empty() {
            &self.only
        } else {
            &self.several
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        for level in self.budget.levels() {
            level.give_back(self.taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn pieces_come_together_in_their_order() {
        let budget = BodyBudget::of_bytes(100);
        for pieces in [&[][..], &["a"], &["", "a", ""], &["a", "bc", "d"]] {
            let mut share = Share::of(&budget);
            for piece in pieces {
                share.add(Bytes::from_static(piece.as_bytes())).unwrap();
            }
            assert_eq!(share.into_bytes(), pieces.concat().as_bytes());
            assert_eq!(budget.held(), 0);
        }
    }

    #[test]
    fn one_source_gets_half_of_it_and_gives_back_all_it_took() {
        let budget = BodyBudget::of_bytes(20);
        let source = |last: u8| Source::from(IpAddr::from([8, 8, 8, last]));
        let share = |last: u8, bytes: usize| {
            let mut share = Share::of(&budget.of_source(source(last)));
            share.add(vec![b'x'; bytes].into()).ok().map(|()| share)
        };
        let six = share(1, 6).unwrap();
        assert!(share(1, 6).is_none(), "it would have more than half");
        assert!(!budget.of_source(source(1)).has_room_for(6));
        let ten = share(2, 10).unwrap();
        assert!(share(3, 5).is_none(), "there is not so much left for all");
        assert!(share(3, 4).is_some());
        drop((six, ten));
        assert!(share(1, 10).is_some() && share(2, 10).is_some());
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn sources_without_a_body_are_forgotten() {
        let budget = BodyBudget::of_bytes(20);
        for number in 0..5000_u32 {
            let source = Source::from(IpAddr::from(number.to_be_bytes()));
            assert!(budget.of_source(source).has_room_for(10));
        }
        assert!(budget.sources.lock().unwrap().len() <= MANY_SOURCES);
    }
}
