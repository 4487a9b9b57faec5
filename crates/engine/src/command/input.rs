//! What an application may say about a request.

use idv_core::{OrganizationId, Purpose, SubjectRef};

use crate::error::CommandError;

/// A reference that every vendor has room for.
pub(super) fn check_subject(subject: &SubjectRef) -> Result<(), CommandError> {
    let invalid = |field, problem| Err(CommandError::InvalidInput { field, problem });
    let subject = subject.expose(Purpose::Store);
    if subject.trim().is_empty() {
        return invalid("subject", "it must not be blank");
    }
    // The narrowest limit of the vendors' reference fields.
    if subject.chars().count() > 200 {
        return invalid("subject", "it must not be longer than 200 characters");
    }
    if subject.chars().any(char::is_control) {
        return invalid("subject", "it must not contain control characters");
    }
    Ok(())
}

/// The context an application gives a request.
pub(super) fn check_context(
    organization: Option<&OrganizationId>,
    reason: Option<&str>,
) -> Result<(), CommandError> {
    let invalid = |field, problem| Err(CommandError::InvalidInput { field, problem });
    if organization
        .is_some_and(|o| o.as_str().trim().is_empty() || o.as_str().chars().count() > 200)
    {
        return invalid("organization", "it must be 1 to 200 characters long");
    }
    if reason.is_some_and(|reason| reason.trim().is_empty() || reason.chars().count() > 200) {
        return invalid("reason", "it must be 1 to 200 characters long");
    }
    Ok(())
}
