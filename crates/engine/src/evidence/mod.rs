//! The files that vendors hold about a request: shown and passed on, never kept.

mod held_to_word;
mod id;
mod list;
mod open;

pub use id::EvidenceId;
pub use list::{EvidenceEntry, EvidenceGap, EvidenceListing};
pub use open::{EvidenceDownload, OpenEvidence, OpenedEvidence};

/// True if a provider has put an address where the vendor's id of a file belongs. Such addresses are bearer secrets, and
/// the id stands on the timeline and in what the application sees.
fn is_an_address(vendor_file_id: &str) -> bool {
    vendor_file_id.contains("://")
}
