//! Identity documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Country, FieldValue, PartialDate};

open_enum! {
    /// What kind of document it is.
    pub enum DocumentKind {
        /// Passport.
        Passport = "passport",
        /// National identity card.
        IdCard = "id_card",
        /// Driving licence.
        DrivingLicence = "driving_licence",
        /// Residence permit.
        ResidencePermit = "residence_permit",
        /// Visa.
        Visa = "visa",
        /// Voter's card.
        VoterId = "voter_id",
        /// Work permit.
        WorkPermit = "work_permit",
        /// Utility bill.
        UtilityBill = "utility_bill",
        /// Bank statement.
        BankStatement = "bank_statement",
        /// Tax document.
        TaxDocument = "tax_document",
    }
}

/// A document as the vendor read it. Personal data: it prints as `Document(..)`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Document {
    /// What kind it is, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<DocumentKind>,
    /// The issuing country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The issuing state or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The number of the document.
    pub number: FieldValue<String>,
    /// Date of issue.
    pub issued: FieldValue<PartialDate>,
    /// Date of expiry.
    pub expires: FieldValue<PartialDate>,
    /// The vendor's ids of the files that show it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}
