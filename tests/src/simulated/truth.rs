//! What is true at the vendor, in the gateway's words: by a table of its own, written from the vendors' pages.

use idv_simulator::VendorKind;
use serde_json::Value;

/// The status of a request that follows this object.
///
/// # Panics
/// If it is no object of the vendor: it has no status.
pub fn status(vendor: VendorKind, object: &Value) -> String {
    let word = object["status"].as_str().expect("an object has a status");
    let ours = match (vendor, word) {
        (VendorKind::Stripe, "requires_input") if has_failed(object) => "retry_required",
        (VendorKind::Stripe, "requires_input") => "awaiting_user",
        (VendorKind::Stripe, "verified") => "passed",
        (VendorKind::Stripe | VendorKind::Plaid, "canceled") => "cancelled",
        (VendorKind::Stripe | VendorKind::Onfido, "processing") => "processing",
        (VendorKind::Onfido, "awaiting_input") | (VendorKind::Plaid, "active") => "awaiting_user",
        (VendorKind::Onfido, "awaiting_client_input") => "awaiting_client",
        (VendorKind::Onfido, "approved") | (VendorKind::Plaid, "success") => "passed",
        (VendorKind::Onfido, "declined") | (VendorKind::Plaid, "failed") => "failed",
        (VendorKind::Onfido, "review") | (VendorKind::Plaid, "pending_review") => "in_review",
        (VendorKind::Onfido, "abandoned") => "abandoned",
        (VendorKind::Onfido, "error") => "errored",
        (VendorKind::Plaid, "expired") => "expired",
        // A word that no page has is none of ours either.
        (_, unheard) => return format!("unknown:{unheard}"),
    };
    ours.to_owned()
}

/// Whether the last try of a Stripe session failed.
fn has_failed(object: &Value) -> bool {
    !object["last_error"]["code"].is_null()
}
