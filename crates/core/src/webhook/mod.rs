//! Proving that a webhook comes from the vendor, before anybody reads it.
//!
//! A provider parses its signature header and says which bytes are signed; the schemes here do the proof and are
//! the only way to a [`Proof`], and a [`Proof`] is the only way to a [`VerifiedWebhook`] (besides the engine's own
//! inbox). So nothing unproven can be taken for proven, whatever a provider's code does.

mod es256;
mod inbound;
mod refusal;
mod scheme;
mod shape;
mod verified;

pub use es256::{BodyHashClaims, Es256BodyHash, Es256Verifier, SignedToken};
pub use inbound::InboundWebhook;
pub use refusal::{Refusal, VerifyError};
pub use scheme::{
    HmacSha256, KeyLabel, Proof, SigningKey, SigningKeyError, Tolerance, signature_from_hex,
};
pub use shape::{DeliveryShape, JsonLayout};
pub use verified::{DeduplicationKey, Receipt, Strength, VerifiedWebhook};
