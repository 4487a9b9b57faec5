//! What an answer does against a description.

use std::fmt;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

/// The word for a null where the description allows none, whichever keyword forbids it.
const NULL: &str = "null";

/// One thing that an answer does against its description.
#[derive(Debug)]
pub(super) struct Violation {
    /// The method, and the path as the description writes it; where it has none, as it was asked for.
    pub(super) operation: String,
    pub(super) status: u16,
    /// A JSON pointer into the body. That of a missing member is where it would be.
    pub(super) instance: String,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A keyword of a schema, where it stands, and what it says.
    Schema {
        keyword: String,
        path: String,
        says: String,
    },
    /// A member that no schema has.
    Undeclared,
    /// The description has no such operation.
    NoOperation,
    /// The operation never answers so.
    NoStatus,
    /// The answer is never of this type.
    MediaType(String),
    /// What is wrong with the body as a whole.
    Body(String),
}

impl Violation {
    /// One about the answer as a whole.
    pub(super) fn new(operation: &str, status: u16, kind: Kind) -> Self {
        Self {
            operation: operation.to_owned(),
            status,
            instance: String::new(),
            kind,
        }
    }

    /// The word for it in a table of deviations: a keyword of JSON Schema, or one of our own.
    pub(super) fn rule(&self) -> &str {
        match &self.kind {
            Kind::Schema { keyword, .. } => keyword,
            Kind::Undeclared => "undeclared",
            Kind::NoOperation => "no operation",
            Kind::NoStatus => "no status",
            Kind::MediaType(_) => "media type",
            Kind::Body(_) => "body",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            status,
            instance,
            kind,
        } = self;
        write!(f, "{operation} {status} ")?;
        match kind {
            Kind::Schema {
                keyword,
                path,
                says,
            } => write!(f, "{instance}: {keyword}: {says} ({path})"),
            Kind::Undeclared => write!(
                f,
                "{instance}: undeclared: the description has no such member"
            ),
            Kind::NoOperation => f.write_str("no operation: the description has none there"),
            Kind::NoStatus => f.write_str("no status: the operation never answers so"),
            Kind::MediaType(found) => write!(f, "media type: it is never {found}"),
            Kind::Body(wrong) => write!(f, "body: {wrong}"),
        }
    }
}

/// What an error says, with where in the instance. Of alternatives, the errors of the one that was meant, if only one
/// can have been.
pub(super) fn of_schema(error: &ValidationError<'_>) -> Vec<(String, Kind)> {
    let at = error.instance_path().as_str();
    if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } =
        error.kind()
    {
        let is_of_another_type = |branch: &&Vec<ValidationError<'static>>| {
            branch.iter().any(|error| {
                matches!(error.kind(), ValidationErrorKind::Type { .. })
                    && error.instance_path().as_str() == at
            })
        };
        let mut meant = context.iter().filter(|branch| !is_of_another_type(branch));
        if let (Some(meant), None) = (meant.next(), meant.next()) {
            return meant.iter().flat_map(of_schema).collect();
        }
    }
    let kind = error.kind();
    let instance = match kind {
        ValidationErrorKind::Required { property } => {
            format!("{at}/{}", property.as_str().unwrap_or_default())
        }
        _ => at.to_owned(),
    };
    let of_null = error.instance().is_null()
        && matches!(
            kind,
            ValidationErrorKind::Type { .. } | ValidationErrorKind::Enum { .. }
        );
    let kind = Kind::Schema {
        keyword: if of_null { NULL } else { kind.keyword() }.to_owned(),
        path: error.schema_path().to_string(),
        says: error.to_string(),
    };
    vec![(instance, kind)]
}
