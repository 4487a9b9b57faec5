//! The tables, one a vendor.

mod onfido;
mod plaid;
mod stripe;
#[cfg(test)]
mod tests;

use crate::table::Table;

/// A vendor whose traffic can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// Onfido.
    Onfido,
    /// Plaid.
    Plaid,
    /// Stripe.
    Stripe,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Onfido, Self::Plaid, Self::Stripe];

    /// The word for it: the id of its provider.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Onfido => "onfido",
            Self::Plaid => "plaid",
            Self::Stripe => "stripe",
        }
    }

    /// The vendor of this provider id, if there is a table for it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|vendor| vendor.as_word() == word)
    }

    /// What is known about its traffic.
    #[must_use]
    pub const fn table(self) -> &'static Table {
        match self {
            Self::Onfido => &onfido::TABLE,
            Self::Plaid => &plaid::TABLE,
            Self::Stripe => &stripe::TABLE,
        }
    }
}
