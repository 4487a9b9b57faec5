//! Scenarios that can be chosen by name.

use std::path::Path;

use super::{Act, ByName, Scenario, ScenarioError, read};
use crate::{Vendor, VendorKind};

include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// Scenarios that can be chosen by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Library {
    scenarios: ByName,
}

impl Library {
    /// What comes with the program: the files below `scenarios/` of this crate.
    ///
    /// # Panics
    /// Never: a test reads every file.
    #[must_use]
    #[expect(clippy::expect_used, reason = "what is built in is tested")]
    pub fn built_in() -> Self {
        let mut library = Self::default();
        for (name, text) in BUILT_IN {
            library
                .add(name, text)
                .expect("what is built in can be read");
        }
        library
    }

    /// Adds the scenarios of a file, in the place of those of the same name.
    ///
    /// # Errors
    /// [`ScenarioError`].
    pub fn add(&mut self, name: &str, text: &str) -> Result<Vec<String>, ScenarioError> {
        let scenarios = read::read(name, text)?;
        let names = scenarios.iter().map(|s| s.name.clone()).collect();
        for scenario in scenarios {
            self.insert(scenario);
        }
        Ok(names)
    }

    /// Adds a scenario, in the place of the one of its name.
    pub fn insert(&mut self, scenario: Scenario) {
        let key = (scenario.vendor, scenario.name.clone());
        self.scenarios.insert(key, scenario);
    }

    /// Adds the scenarios of a file on disk; it is named after the file.
    ///
    /// # Errors
    /// [`ScenarioError`], also if the file cannot be read.
    pub fn add_file(&mut self, path: &Path) -> Result<Vec<String>, ScenarioError> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).map_err(|error| ScenarioError {
            name: name.to_string(),
            problem: error.to_string(),
        })?;
        self.add(&name, &text)
    }

    /// The scenario of this name.
    #[must_use]
    pub fn find(&self, vendor: VendorKind, name: &str) -> Option<&Scenario> {
        self.scenarios.get(&(vendor, name.to_owned()))
    }

    /// All of one vendor, by name.
    pub fn of(&self, vendor: VendorKind) -> impl Iterator<Item = &Scenario> {
        self.scenarios
            .values()
            .filter(move |scenario| scenario.vendor == vendor)
    }

    /// Whether the vendor can read every action of its scenarios.
    ///
    /// # Errors
    /// The first one it cannot read.
    pub fn check(&self, vendor: &dyn Vendor) -> Result<(), ScenarioError> {
        for scenario in self.of(vendor.kind()) {
            for (index, step) in scenario.steps.iter().enumerate() {
                let Act::Vendor(action) = &step.act else {
                    continue;
                };
                vendor.check(action).map_err(|problem| ScenarioError {
                    name: scenario.name.clone(),
                    problem: format!("step {}: {problem}", index + 1),
                })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_built_in_can_be_read_and_says_what_it_is() {
        let library = Library::built_in();
        for scenario in library.scenarios.values() {
            assert!(!scenario.title.is_empty(), "{}", scenario.name);
        }
    }

    #[test]
    fn a_scenario_of_ones_own_takes_the_place_of_the_built_in_one() {
        let mut library = Library::default();
        let text = |title: &str| format!("vendor = \"onfido\"\ntitle = \"{title}\"");
        library.add("a", &text("first")).unwrap();
        assert_eq!(library.add("a", &text("second")).unwrap(), ["a"]);
        let found = library.find(VendorKind::Onfido, "a").unwrap();
        assert_eq!(found.title, "second");
        assert_eq!(library.find(VendorKind::Plaid, "a"), None);
        assert_eq!(library.of(VendorKind::Onfido).count(), 1);
        assert!(library.add_file(Path::new("/nowhere/b.toml")).is_err());
    }

    #[test]
    fn the_scenario_of_the_readme_is_one() {
        let readme = include_str!("../../README.md");
        let text = readme.split("```toml\n").nth(1).unwrap();
        let text = text.split_once("```").unwrap().0;
        let mut library = Library::default();
        library.add("limps", text).unwrap();
        let vendor = crate::stripe::Account::simulated();
        library.check(&vendor).unwrap();
        let steps = &library.find(vendor.kind(), "limps").unwrap().steps;
        assert_eq!(steps.len(), 6);
    }
}
