//! Objects of one kind, in the order in which they were made.

use std::collections::BTreeMap;

/// Objects by id, and their order.
#[derive(Clone, Debug)]
pub(super) struct Ordered<T> {
    by_id: BTreeMap<String, T>,
    order: Vec<String>,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            order: Vec::new(),
        }
    }
}

impl<T> Ordered<T> {
    pub(super) fn insert(&mut self, id: impl Into<String>, object: T) {
        let id = id.into();
        if self.by_id.insert(id.clone(), object).is_none() {
            self.order.push(id);
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<T> {
        let removed = self.by_id.remove(id)?;
        self.order.retain(|other| other != id);
        Some(removed)
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get_mut(id)
    }

    /// In any order.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.by_id.values_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Oldest first.
    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = &String> {
        self.order.iter()
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }
}
