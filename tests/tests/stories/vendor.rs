//! A vendor as it is seen from outside: its simulated account, its table in the configuration, and what happens there.

use std::sync::Arc;

use idv_simulator::Vendor as Simulated;
use idv_simulator::scenario::Library;

use crate::table::{Cell, Row};

/// A vendor, and how each story happens there.
pub(crate) trait Vendor {
    /// Its account, with nothing in it yet.
    fn simulated(&self) -> Arc<dyn Simulated>;

    /// Its column of the table.
    fn cell<'r>(&self, row: &'r Row) -> &'r Cell;

    /// The account's table in the configuration file: the only thing that differs between two gateways.
    fn account(&self, api_base_url: &str) -> String;

    /// The scenarios of a story, each up to where the application looks: one that everybody has, or one of
    /// [`scenes_of_its_own`](Self::scenes_of_its_own).
    fn scenes(&self, story: &'static str) -> &'static [&'static str];

    /// Scenarios in which a story stops half way: names and texts.
    fn scenes_of_its_own(&self) -> &'static [(&'static str, &'static str)];

    /// Its name in the configuration.
    fn name(&self) -> &'static str {
        self.simulated().kind().as_word()
    }

    /// Everything that can happen.
    fn library(&self) -> Library {
        let mut library = Library::built_in();
        for (name, text) in self.scenes_of_its_own() {
            library.add(name, text).unwrap();
        }
        library
    }
}
