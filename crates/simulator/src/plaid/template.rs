//! Templates: what an attempt asks for. They are made in the vendor's dashboard; here, by whoever builds the environment.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;

/// What attempts ask for, and which failures they forgive. The vendor shows no more of it than id and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub(super) id: String,
    pub(super) steps: BTreeSet<Step>,
    pub(super) forgives: BTreeSet<Step>,
    /// A step that runs only if another one failed.
    pub(super) fallbacks: BTreeMap<Step, Step>,
}

impl Template {
    /// Everything the vendor can ask for.
    pub const FULL: &'static str = "idvtmp_simulated";
    /// Data sources and risk, without a person in front of a screen.
    pub const BACKEND: &'static str = "idvtmp_simulated_backend";
    /// Data sources, and a document for those whom they do not know.
    pub const FALLBACK: &'static str = "idvtmp_simulated_fallback";

    /// A template that asks for these steps and forgives none that fails.
    pub fn new(id: impl Into<String>, steps: &[Step]) -> Self {
        Self {
            id: id.into(),
            steps: steps.iter().copied().collect(),
            forgives: BTreeSet::new(),
            fallbacks: BTreeMap::new(),
        }
    }

    /// If `step` fails, `fallback` makes up for it; if it does not, `fallback` never runs.
    #[must_use]
    pub fn falling_back(mut self, step: Step, fallback: Step) -> Self {
        self.forgives.insert(step);
        self.fallbacks.insert(fallback, step);
        self
    }

    /// Those an environment begins with.
    pub(super) fn usual() -> [Self; 3] {
        use Step::{AcceptTos, DocumentaryVerification, KycCheck, RiskCheck};
        [
            Self::new(Self::FULL, &Step::ALL),
            Self::new(Self::BACKEND, &[AcceptTos, KycCheck, RiskCheck]),
            Self::new(
                Self::FALLBACK,
                &[AcceptTos, KycCheck, DocumentaryVerification],
            )
            .falling_back(KycCheck, DocumentaryVerification),
        ]
    }
}
