//! Which scenario an attempt asks for without a browser.
//!
//! The vendor has no metadata. There is the e-mail address, `anything+<scenario>@example.com`, and the application's own
//! id of the person, `anything+<scenario>`. Several names with points between them are for one attempt after the other:
//! `ann+kyc-mismatch.passed@example.com` fails, and passes when it is tried again; the last one stays.

/// The scenario of the attempt before which there were so many others of the same person.
pub(super) fn chosen(
    email: Option<&str>,
    client_user_id: &str,
    attempts_before: usize,
) -> Option<String> {
    let of_email = email.and_then(|email| email.strip_suffix("@example.com"));
    let names = of_email
        .and_then(|local| local.rsplit_once('+'))
        .or_else(|| client_user_id.rsplit_once('+'))
        .map(|(_, names)| names)?;
    let all: Vec<_> = names.split('.').collect();
    let name = all.get(attempts_before).or(all.last())?;
    (!name.is_empty()).then(|| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_chooses_and_several_choose_for_one_attempt_after_the_other() {
        let by_email = |email, before| chosen(Some(email), "subject-1", before);
        assert_eq!(
            by_email("ann+passed@example.com", 3).as_deref(),
            Some("passed")
        );
        assert_eq!(by_email("ann+a.b@example.com", 0).as_deref(), Some("a"));
        assert_eq!(by_email("ann+a.b@example.com", 1).as_deref(), Some("b"));
        assert_eq!(by_email("ann+a.b@example.com", 2).as_deref(), Some("b"));
        assert_eq!(by_email("ann+news@example.org", 0), None);
        assert_eq!(by_email("ann@example.com", 0), None);
        assert_eq!(
            chosen(None, "subject-1+expired", 0).as_deref(),
            Some("expired")
        );
        assert_eq!(chosen(None, "subject-1", 0), None);
        assert_eq!(chosen(None, "subject-1+", 0), None);
    }
}
