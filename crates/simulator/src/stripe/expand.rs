//! What is written in full, and who may see it.

use super::params::Params;
use super::refusal::Refusal;

/// What can be expanded in a session.
pub(super) const OF_SESSION: &[&str] = &[
    "last_error",
    "last_verification_report",
    "last_verification_report.document",
    "last_verification_report.document.address",
    "last_verification_report.document.dob",
    "last_verification_report.document.error",
    "last_verification_report.document.expiration_date",
    "last_verification_report.document.issued_date",
    "last_verification_report.document.number",
    "last_verification_report.document.sex",
    "last_verification_report.document.unparsed_place_of_birth",
    "last_verification_report.document.unparsed_sex",
    "last_verification_report.email",
    "last_verification_report.id_number",
    "last_verification_report.id_number.dob",
    "last_verification_report.id_number.id_number",
    "last_verification_report.options",
    "last_verification_report.phone",
    "last_verification_report.selfie",
    "options",
    "provided_details",
    "redaction",
    "related_person",
    "verified_outputs",
    "verified_outputs.address",
    "verified_outputs.dob",
    "verified_outputs.id_number",
    "verified_outputs.sex",
    "verified_outputs.unparsed_place_of_birth",
    "verified_outputs.unparsed_sex",
];

/// The part of a session that is its report.
const REPORT: &str = "last_verification_report";

/// How deep an expansion may go.
const MAX_DEPTH: usize = 4;

/// What a call wants written in full.
#[derive(Clone, Debug, Default)]
pub(super) struct Expansions {
    names: Vec<String>,
    /// Up to which age of a submission the key may see what is sensitive, in seconds; none if it may not at all.
    sees_until_age_secs: Option<i64>,
    /// Whether what is sensitive is shown.
    shows_sensitive: bool,
}

impl Expansions {
    /// From the parameters. `known`: what there is to expand. `is_list`: the names begin with `data.`.
    pub(super) fn of(
        params: &Params,
        known: impl Fn(&str) -> bool,
        is_list: bool,
        sees_until_age_secs: Option<i64>,
    ) -> Result<Self, Refusal> {
        let mut names = Vec::new();
        for (index, name) in params.list("expand").into_iter().enumerate() {
            let refused =
                |message: String| Refusal::of_param(format!("expand[{index}]"), None, message);
            if name.split('.').count() > MAX_DEPTH {
                let message = format!(
                    "You cannot expand more than {MAX_DEPTH} levels of a property. Property: {name}"
                );
                return Err(refused(message));
            }
            let inner = if is_list {
                name.strip_prefix("data.")
            } else {
                Some(name.as_str())
            };
            match inner.filter(|inner| known(inner)) {
                Some(inner) => names.push(inner.to_owned()),
                None if is_list && name == "data" => {}
                None => {
                    return Err(refused(format!(
                        "This property cannot be expanded ({name})."
                    )));
                }
            }
        }
        Ok(Self {
            names,
            sees_until_age_secs,
            shows_sensitive: false,
        })
    }

    /// Everything, for whoever stands behind the stand-in.
    pub(super) fn everything() -> Self {
        Self {
            names: OF_SESSION.iter().map(|&name| name.to_owned()).collect(),
            sees_until_age_secs: Some(i64::MAX),
            shows_sensitive: false,
        }
    }

    /// Whether the key may see what is sensitive in a submission of this age.
    pub(super) fn sees(&self, age_secs: i64) -> bool {
        self.sees_until_age_secs
            .is_some_and(|most| age_secs <= most)
    }

    /// The same with, or without, what is sensitive.
    pub(super) fn for_whom(&self, sees_sensitive: bool) -> Self {
        Self {
            shows_sensitive: sees_sensitive,
            ..self.clone()
        }
    }

    /// The same as seen from the report of a session.
    pub(super) fn in_report(&self) -> Self {
        self.in_part(REPORT)
    }

    /// The same as seen from the outputs of a session.
    pub(super) fn in_outputs(&self) -> Self {
        self.in_part("verified_outputs")
    }

    fn in_part(&self, part: &str) -> Self {
        let inner = |name: &String| Some(name.strip_prefix(part)?.strip_prefix('.')?.to_owned());
        Self {
            names: self.names.iter().filter_map(inner).collect(),
            ..self.clone()
        }
    }

    /// Whether this part is wanted, or something in it.
    pub(super) fn wants(&self, part: &str) -> bool {
        self.names.iter().any(|name| {
            let rest = name.strip_prefix(part);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Whether something sensitive is wanted by name and may be shown. What may not be shown is left out without a
    /// word; the vendor publishes no error for it.
    pub(super) fn has(&self, part: &str, name: &str) -> bool {
        let wanted = if part.is_empty() {
            name.to_owned()
        } else {
            format!("{part}.{name}")
        };
        self.shows_sensitive && self.names.contains(&wanted)
    }
}

/// Whether this can be expanded in a session.
pub(super) fn is_of_session(name: &str) -> bool {
    OF_SESSION.contains(&name)
}

/// Whether this can be expanded in a report.
pub(super) fn is_of_report(name: &str) -> bool {
    OF_SESSION.iter().any(|known| {
        let inner = known.strip_prefix(REPORT);
        inner.and_then(|inner| inner.strip_prefix('.')) == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use super::*;

    fn of(query: &str, is_list: bool) -> Result<Expansions, Refusal> {
        let request = Request::get(format!("/?{query}"))
            .body(Bytes::new())
            .unwrap();
        Expansions::of(&Params::of(&request), is_of_session, is_list, Some(5))
    }

    #[test]
    fn a_part_is_wanted_with_what_is_in_it_and_sensitive_only_by_name() {
        let query =
            "expand[]=verified_outputs.dob&expand[]=last_verification_report.document.number";
        let expansions = of(query, false).unwrap();
        assert!(
            expansions.wants("verified_outputs") && expansions.wants("last_verification_report")
        );
        assert!(!expansions.wants("provided_details"));
        assert!(expansions.sees(5) && !expansions.sees(6));
        assert!(!expansions.in_outputs().has("", "dob"), "not for every key");
        let seen = expansions.for_whom(true);
        assert!(seen.in_outputs().has("", "dob") && !seen.in_outputs().has("", "id_number"));
        assert!(seen.in_report().has("document", "number"));
        assert!(!seen.in_report().has("document", "dob"));
    }

    #[test]
    fn what_is_not_there_or_too_deep_cannot_be_expanded() {
        for (query, is_list) in [
            ("expand[]=customer", false),
            ("expand[]=verified_outputs", true),
            ("expand[]=data.customer", true),
            (
                "expand[]=data.last_verification_report.document.dob.day",
                true,
            ),
        ] {
            let refusal = of(query, is_list).unwrap_err();
            assert_eq!(refusal.param.as_deref(), Some("expand[0]"), "{query}");
        }
        assert!(of("expand[]=data.last_verification_report.document.dob", true).is_ok());
        assert!(is_of_report("document.dob") && !is_of_report("verified_outputs"));
    }
}
