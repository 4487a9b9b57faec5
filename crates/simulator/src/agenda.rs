//! What happens when.

use std::collections::BTreeMap;

use idv_core::Timestamp;

/// Things that are due at a time. What is due at the same time happens in the order in which it was written down.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    entries: BTreeMap<(Timestamp, u64), T>,
    written: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            written: 0,
        }
    }
}

impl<T> Agenda<T> {
    pub(crate) fn add(&mut self, at: Timestamp, entry: T) {
        self.entries.insert((at, self.written), entry);
        self.written += 1;
    }

    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.entries.keys().next().map(|(at, _)| *at)
    }

    /// Takes the earliest, if it is due.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<T> {
        let entry = self.entries.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_equals_in_the_order_written() {
        let mut agenda = Agenda::default();
        let at = Timestamp::from_unix_secs;
        agenda.add(at(5), "b");
        agenda.add(at(3), "a");
        agenda.add(at(5), "c");
        agenda.add(at(9), "d");
        assert_eq!(agenda.next_at(), Some(at(3)));
        assert_eq!(agenda.take_due(at(2)), None);
        let taken: Vec<_> = std::iter::from_fn(|| agenda.take_due(at(5))).collect();
        assert_eq!(taken, ["a", "b", "c"]);
        assert_eq!(agenda.next_at(), Some(at(9)));
    }
}
