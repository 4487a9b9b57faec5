//! What is known of the vendor's published description of its API.

use idv_core::spec::VendorSpec;

/// What this provider knows of the vendor's description, from the tables and types that do the work.
#[must_use]
pub fn spec() -> VendorSpec {
    VendorSpec::default()
}
