//! Why: the reasons behind a status, in one vocabulary.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::StepKind;
use crate::open_enum::open_enum;

/// One reason, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The reason in our words.
    pub code: ReasonCode,
    /// The step it is about, where the vendor says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepKind>,
    /// How grave it is.
    #[serde(default)]
    pub severity: Severity,
    /// Whether another try of the subject may help.
    pub retryable: Retryable,
    /// The vendor's own value and where it stood.
    pub raw: Raw,
}

impl Finding {
    /// A reason of normal severity.
    #[must_use]
    pub const fn new(code: ReasonCode, retryable: Retryable, raw: Raw) -> Self {
        Self {
            code,
            step: None,
            severity: Severity::Normal,
            retryable,
            raw,
        }
    }

    /// The same, about one step.
    #[must_use]
    pub fn about(mut self, step: StepKind) -> Self {
        self.step = Some(step);
        self
    }
}

/// A vendor's value, word for word, and the JSON pointer at which it stood.
///
/// Only codes and enumerated values belong here, never a person's data: it is stored in the clear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Raw {
    /// JSON pointer (RFC 6901) into the part it came from.
    pub pointer: Cow<'static, str>,
    /// The value.
    pub value: Cow<'static, str>,
}

/// Whether another try of the subject may lead somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Retryable {
    /// Another try may pass.
    Yes,
    /// No other try will pass.
    No,
    /// The vendor does not say.
    Unknown,
}

/// How grave a finding is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Severity {
    /// A hint: a partial match, for example.
    Low,
    /// The usual.
    #[default]
    Normal,
}

open_enum! {
    /// The families of reasons.
    pub enum Category {
        /// About the document.
        Document = "document",
        /// About the face.
        Face = "face",
        /// About the data compared.
        Data = "data",
        /// About phone and e-mail.
        Contact = "contact",
        /// About being allowed at all.
        Eligibility = "eligibility",
        /// About lists of persons.
        Screening = "screening",
        /// About fraud.
        Risk = "risk",
        /// About how the process went.
        Process = "process",
    }
}

/// What a vendor's unlisted reason is written with.
const UNCLASSIFIED_PREFIX: &str = "unclassified:";

macro_rules! reason_codes {
    ($( $category:ident { $( $arm:ident = $word:literal, $subject_visible:literal, $explanation:literal; )+ } )+) => {
        /// The reasons. 49 listed codes, and `Unclassified` for what no table knows: written `unclassified:<raw>`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ReasonCode {
            $( $( #[doc = $explanation] $arm, )+ )+
            /// A reason no table knows, as the vendor gave it.
            Unclassified(String),
        }

        impl ReasonCode {
            /// Every listed code, in the order of declaration.
            pub const KNOWN: &'static [Self] = &[ $( $( Self::$arm, )+ )+ ];

            /// The stable word: what JSON, the API and the database show.
            #[must_use]
            pub fn as_word(&self) -> Cow<'_, str> {
                match self {
                    $( $( Self::$arm => Cow::Borrowed($word), )+ )+
                    Self::Unclassified(raw) => Cow::Owned(format!("{UNCLASSIFIED_PREFIX}{raw}")),
                }
            }

            /// Reads a word. Exact and case-sensitive; anything else is `Unclassified`, never an error.
            #[must_use]
            pub fn from_word(word: &str) -> Self {
                match word {
                    $( $( $word => Self::$arm, )+ )+
                    other => {
                        let raw = other.strip_prefix(UNCLASSIFIED_PREFIX).unwrap_or(other);
                        Self::Unclassified(raw.to_owned())
                    }
                }
            }

            /// The family. An unclassified reason belongs to the process.
            #[must_use]
            pub const fn category(&self) -> Category {
                match self {
                    $( $( Self::$arm => Category::$category, )+ )+
                    Self::Unclassified(_) => Category::Process,
                }
            }

            /// True where telling the subject helps them and does not teach a fraudster. Fraud, screening and
            /// unclassified reasons are for the application's staff only.
            #[must_use]
            pub const fn is_subject_visible(&self) -> bool {
                match self {
                    $( $( Self::$arm => $subject_visible, )+ )+
                    Self::Unclassified(_) => false,
                }
            }

            /// One English sentence for people.
            #[must_use]
            pub const fn explanation(&self) -> &'static str {
                match self {
                    $( $( Self::$arm => $explanation, )+ )+
                    Self::Unclassified(_) => "The vendor gave a reason that has no word of ours yet.",
                }
            }
        }

        #[cfg(feature = "schema")]
        crate::schema::schema!(ReasonCode, crate::schema::open_words(
            &[" A reason. One that no table knows is `unclassified:` and the vendor's own word."],
            &[$( $( ($word, &[$explanation]) ),+ ),+],
            UNCLASSIFIED_PREFIX,
        ));
    };
}

reason_codes! {
    Document {
        DocumentMissing = "document_missing", true, "There is no document in the picture.";
        DocumentExpired = "document_expired", true, "The document has expired.";
        DocumentTypeNotSupported = "document_type_not_supported", true, "The vendor cannot check this type of document.";
        DocumentTypeNotAllowed = "document_type_not_allowed", true, "This type of document is not accepted here.";
        DocumentCountryNotSupported = "document_country_not_supported", true, "Documents of this country are not supported.";
        DocumentImageQuality = "document_image_quality", true, "The picture of the document is not good enough to read.";
        DocumentObscured = "document_obscured", true, "Part of the document is covered.";
        DocumentIncomplete = "document_incomplete", true, "A side or a part of the document is missing.";
        DocumentDamaged = "document_damaged", true, "The document is damaged.";
        DocumentNotOriginal = "document_not_original", false, "The picture does not show the original document.";
        DocumentInconsistent = "document_inconsistent", false, "The parts of the document do not agree with each other.";
        DocumentTampered = "document_tampered", false, "The document looks altered.";
        DocumentCompromised = "document_compromised", false, "The document is known to be lost, stolen or published.";
        DocumentUnverified = "document_unverified", true, "The document could not be verified.";
        DocumentFaceMissing = "document_face_missing", true, "The document shows no usable photo of its holder.";
        InsufficientDocumentData = "insufficient_document_data", true, "The document holds too little data for the check.";
    }
    Face {
        FaceMismatch = "face_mismatch", true, "The selfie does not match the photo on the document.";
        FaceNotDetected = "face_not_detected", true, "No face was found in the selfie.";
        SelfieQuality = "selfie_quality", true, "The selfie is not good enough.";
        LivenessFailed = "liveness_failed", false, "The vendor could not confirm a live person.";
        SelfieManipulated = "selfie_manipulated", false, "The selfie looks manipulated.";
        SelfieUnverified = "selfie_unverified", true, "The selfie could not be verified.";
    }
    Data {
        NameMismatch = "name_mismatch", true, "The name does not match.";
        BirthDateMismatch = "birth_date_mismatch", true, "The date of birth does not match.";
        AddressMismatch = "address_mismatch", true, "The address does not match.";
        IdNumberMismatch = "id_number_mismatch", true, "The identification number does not match.";
        IdNumberUnverified = "id_number_unverified", true, "The identification number could not be verified.";
        ContactMismatch = "contact_mismatch", true, "The phone number or e-mail address does not match.";
        DataNotFound = "data_not_found", true, "No record was found for the data given.";
        InsufficientInput = "insufficient_input", true, "Too little data was given for the check.";
    }
    Contact {
        PhoneUnverified = "phone_unverified", true, "The phone number could not be verified.";
        PhoneDeclined = "phone_declined", true, "The subject could not confirm the phone number.";
        EmailUnverified = "email_unverified", true, "The e-mail address could not be verified.";
        EmailDeclined = "email_declined", true, "The subject could not confirm the e-mail address.";
    }
    Eligibility {
        Underage = "underage", true, "The subject is below the required age.";
        CountryNotAllowed = "country_not_allowed", true, "The subject's country is not accepted here.";
    }
    Screening {
        WatchlistHit = "watchlist_hit", false, "The person may be on a watch list.";
        Blocklisted = "blocklisted", false, "The person or document is on a block list.";
    }
    Risk {
        SuspectedFraud = "suspected_fraud", false, "The vendor suspects fraud.";
        DuplicateIdentity = "duplicate_identity", false, "The same person or document was seen under another identity.";
        SyntheticIdentity = "synthetic_identity", false, "The identity looks invented.";
        StolenIdentity = "stolen_identity", false, "The identity looks stolen.";
        HighRiskDevice = "high_risk_device", false, "The device or network looks risky.";
    }
    Process {
        ConsentDeclined = "consent_declined", true, "The subject declined to be verified.";
        UserAbandoned = "user_abandoned", true, "The subject began and did not finish.";
        DeviceNotSupported = "device_not_supported", true, "The subject's device cannot be used for this.";
        AttemptsExhausted = "attempts_exhausted", true, "No more tries are left.";
        ValidityLapsed = "validity_lapsed", true, "An earlier verification is no longer valid.";
        ProviderError = "provider_error", false, "The vendor had a technical problem. It says nothing about the person.";
    }
}

impl Serialize for ReasonCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_word())
    }
}

impl<'de> Deserialize<'de> for ReasonCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<'_, str>::deserialize(deserializer)?;
        Ok(Self::from_word(&word))
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unclassified(raw) => write!(f, "{UNCLASSIFIED_PREFIX}{}", crate::label(raw)),
            known => f.write_str(&known.as_word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_49_codes_and_each_word_is_unique() {
        let words: std::collections::BTreeSet<_> =
            ReasonCode::KNOWN.iter().map(ReasonCode::as_word).collect();
        assert_eq!(words.len(), 49);
    }

    #[test]
    fn every_code_survives_writing_and_reading() {
        let unclassified = ["", "document_expired", "unclassified:x"]
            .map(|raw| ReasonCode::Unclassified(raw.into()));
        for code in ReasonCode::KNOWN.iter().chain(&unclassified) {
            assert_eq!(&ReasonCode::from_word(&code.as_word()), code);
        }
    }

    #[test]
    fn fraud_and_screening_are_never_shown_to_the_subject() {
        for code in ReasonCode::KNOWN {
            if matches!(code.category(), Category::Risk | Category::Screening) {
                assert!(!code.is_subject_visible(), "{code}");
            }
        }
    }
}
