//! Pictures.

use bytes::Bytes;

use crate::onfido::ids::digest;
use crate::picture;

/// A picture of coloured bars; the name chooses the colours.
pub(in crate::onfido) fn png(name: &str) -> Bytes {
    let colours = digest(&[name]).into_bytes();
    let colour = |row: u32, column: u32| {
        let at = (row / 8 + column / 8) as usize * 3;
        [0, 1, 2].map(|part| {
            let digit = colours.get(at + part).copied().unwrap_or_default();
            digit.wrapping_mul(5)
        })
    };
    picture::png(64, 40, colour).into()
}
