//! Scenarios: what happens to an object, when, and how its webhooks fare.
//!
//! A scenario is a TOML file:
//!
//! ```toml
//! vendor = "stripe"
//! title = "Passed at the second try"
//!
//! [[steps]]
//! do = "submit"
//!
//! [[steps]]
//! do = "fail"
//! after_secs = 3
//! code = "document_expired"
//!
//! [[steps]]
//! do = "submit"
//! after_secs = 60
//!
//! [[steps]]
//! do = "verify"
//! after_secs = 3
//! webhook = "twice"
//! ```

mod library;
mod read;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::VendorKind;
use crate::chaos::{CallFault, DeliveryFault};

pub use library::Library;
pub use read::ScenarioError;

/// One scenario, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The name objects choose it by: lower-case words with hyphens.
    pub name: String,
    /// Whose objects it is about.
    pub vendor: VendorKind,
    /// What happens, for people.
    pub title: String,
    /// What it shows: places of the model such as `status:passed`, `step:failed`, `reason:document_expired`.
    pub shows: Vec<String>,
    /// What happens, in order; repetitions are written out.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// How long after the one before, in seconds.
    pub after_secs: u64,
    /// What happens.
    pub act: Act,
    /// How the webhooks of this step fare; none: as chaos has it.
    pub webhook: Option<DeliveryFault>,
}

/// What happens in a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Something at the vendor.
    Vendor(Action),
    /// The webhooks of the object's last event are sent again.
    Resend,
    /// The next calls of the API are answered so.
    Calls {
        /// How.
        answer: CallFault,
        /// How many.
        times: u32,
    },
}

/// Something that happens at the vendor: a word, and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The word, such as `submit`.
    pub name: String,
    /// The rest.
    pub members: Map<String, Value>,
}

impl Action {
    /// An action without members.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            members: Map::new(),
        }
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.members.insert(name.into(), value.into());
        self
    }

    /// The action as one of a vendor's: an enum tagged by `do`, in snake case.
    ///
    /// # Errors
    /// What is wrong with it. A scenario holds no person's data, so the sentence may quote it.
    pub fn read<'de, T: Deserialize<'de>>(&self) -> Result<T, String> {
        let mut members = self.members.clone();
        members.insert("do".to_owned(), Value::from(self.name.as_str()));
        T::deserialize(Value::Object(members)).map_err(|error| format!("{}: {error}", self.name))
    }
}

/// Scenarios by vendor and name.
type ByName = BTreeMap<(VendorKind, String), Scenario>;
