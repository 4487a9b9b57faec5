//! How much is passed on of what vendors hold.

use super::section::{Complaints, Section};

/// A tebibyte: more than that is a slip of the finger.
const MOST_BYTES: u64 = 1 << 40;

/// The largest file that is passed on, in bytes. None if anything is wrong.
pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Option<u64> {
    let max_bytes = section.whole("max_bytes", "bytes", 1..=MOST_BYTES, complaints);
    section.finish(complaints);
    max_bytes
}
