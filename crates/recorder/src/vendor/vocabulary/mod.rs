//! The words that the vendors have for things. A word that is kept is one of these.

pub(super) mod onfido;
pub(super) mod plaid;
pub(super) mod stripe;
