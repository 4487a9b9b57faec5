//! What is checked, and the ways in which that fails.

/// One check of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    Document,
    Selfie,
    IdNumber,
    Email,
    Phone,
}

impl Check {
    pub(super) const ALL: [Self; 5] = [
        Self::Document,
        Self::Selfie,
        Self::IdNumber,
        Self::Email,
        Self::Phone,
    ];

    /// The vendor's word: the member of the report.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Selfie => "selfie",
            Self::IdNumber => "id_number",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// The check of this word.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.word() == word)
    }

    /// The check in which this code is an error, by the beginning of its name. None for what is no check's.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| {
            let rest = code.strip_prefix(check.word());
            rest.is_some_and(|rest| rest.starts_with('_'))
        })
    }
}

/// Codes of `last_error` that end a visit before anything was handed in: no check runs, and no report is made.
pub(super) fn is_before_submission(code: &str) -> bool {
    matches!(
        code,
        "abandoned"
            | "consent_declined"
            | "country_not_supported"
            | "device_not_supported"
            | "under_supported_age"
    )
}

/// What goes wrong, as `last_error` and the error of a check have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) reason: String,
}

impl Problem {
    /// With the usual sentence of this code.
    pub(super) fn of_code(code: impl Into<String>) -> Self {
        let code = code.into();
        let reason = reason(&code).to_owned();
        Self { code, reason }
    }

    pub(super) fn object(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code, "reason": self.reason })
    }
}

/// The vendor writes sentences for people; only the one of the expired document is published.
fn reason(code: &str) -> &'static str {
    match code {
        "abandoned" => "The person left before handing anything in.",
        "consent_declined" => "The person declined to be verified.",
        "country_not_supported" => "The person's country is not supported.",
        "device_not_supported" => "The person's device has no camera that can be used.",
        "under_supported_age" => "The person is under age.",
        "document_expired" => "The document is expired.",
        "document_type_not_supported" | "document_type_not_allowed" => {
            "The document is of a type that is not accepted."
        }
        "document_unverified_other" => "The document could not be verified.",
        "email_unverified_other" => "The e-mail address could not be verified.",
        "email_verification_declined" => "The person did not verify the e-mail address.",
        "phone_unverified_other" => "The phone number could not be verified.",
        "phone_verification_declined" => "The person did not verify the phone number.",
        "id_number_insufficient_document_data" => {
            "The document does not tell enough to check the number."
        }
        "id_number_mismatch" => "The number does not belong to this name and date of birth.",
        "id_number_unverified_other" => "The number could not be verified.",
        "selfie_document_missing_photo" => "The document has no photo of a face.",
        "selfie_face_mismatch" => "The face is not that of the document.",
        "selfie_manipulated" => "The selfie has been manipulated.",
        "selfie_unverified_other" => "The selfie could not be verified.",
        _ => "A check did not succeed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_belongs_to_the_check_it_is_named_after() {
        for (code, check) in [
            ("document_expired", Some(Check::Document)),
            ("selfie_document_missing_photo", Some(Check::Selfie)),
            (
                "id_number_insufficient_document_data",
                Some(Check::IdNumber),
            ),
            ("email_verification_declined", Some(Check::Email)),
            ("phone_unverified_other", Some(Check::Phone)),
            ("abandoned", None),
            ("documentary", None),
            ("address_mismatch", None),
        ] {
            assert_eq!(Check::of_code(code), check, "{code}");
        }
    }
}
