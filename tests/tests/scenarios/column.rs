//! What the runner has to know about a vendor.

use idv_simulator::VendorKind;

/// One vendor of the table.
pub(crate) struct Column {
    /// Which.
    pub(crate) kind: VendorKind,
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// Places that no scenario shows, and why: `("step:expired", "…")`.
    pub(crate) holes: &'static [(&'static str, &'static str)],
}
