//! What is asked.

use std::fmt;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Get,
    GetOpen,
    GetPassed,
    Create,
    ListFirst,
    ListFarIn,
    ListCancelled,
    ListOpen,
    ListOfOrganization,
    ListOfSubject,
}

impl Call {
    pub(super) const ALL: [Self; 10] = [
        Self::Get,
        Self::GetOpen,
        Self::GetPassed,
        Self::Create,
        Self::ListFirst,
        Self::ListFarIn,
        Self::ListCancelled,
        Self::ListOpen,
        Self::ListOfOrganization,
        Self::ListOfSubject,
    ];
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::GetOpen => "create-or-get, one is open",
            Self::GetPassed => "create-or-get, one has passed",
            Self::Create => "create-or-get, there is none",
            Self::ListFirst => "list",
            Self::ListFarIn => "list, far in",
            Self::ListCancelled => "list, cancelled",
            Self::ListOpen => "list, open",
            Self::ListOfOrganization => "list, of an organization",
            Self::ListOfSubject => "list, of a subject",
        })
    }
}
