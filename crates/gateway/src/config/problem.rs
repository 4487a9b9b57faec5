//! What is wrong with a configuration, as one sentence a person can act on.

use std::fmt;

/// One thing that is wrong. It names the place, the key, what is wrong and what to do, and never quotes a value:
/// the value may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it is written: `idv.toml:12:1`, or `environment IDV_SERVER__LISTEN`.
    pub place: String,
    /// The key, dotted: `server.listen`. Empty if it is about the whole file.
    pub key: String,
    /// What is wrong, as the rest of a sentence that begins with the key.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{} ", self.key)?;
        }
        write!(f, "{}: {}", self.what, self.remedy)
    }
}

/// Everything that is wrong with a configuration, in the order of places. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentences())]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// These problems, or nothing if there are none.
    #[must_use]
    pub fn from_list(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort();
        problems.dedup();
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// A configuration that gave no settings and no reason: a fault of this program, said all the same.
    pub(super) fn unexplained() -> Self {
        Self(vec![Problem {
            place: "configuration".to_owned(),
            key: String::new(),
            what: "could not be read".to_owned(),
            remedy: "this is a fault of idv; please report it".to_owned(),
        }])
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    fn sentences(&self) -> String {
        let sentences: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        sentences.join("\n")
    }
}
