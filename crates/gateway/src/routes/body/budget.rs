//! How much memory the bodies of all requests take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};

/// The bytes of all bodies that are in memory. Cloning it gives another handle on the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget {
    held: Arc<AtomicUsize>,
    most: usize,
}

impl BodyBudget {
    /// At most so many bytes.
    pub(crate) fn of_bytes(most: usize) -> Self {
        Self {
            held: Arc::default(),
            most,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.held().saturating_add(bytes) <= self.most
    }

    fn take(&self, bytes: usize) -> bool {
        let fits = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= self.most);
        self.held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .is_ok()
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
        self.budget.held.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
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
}
