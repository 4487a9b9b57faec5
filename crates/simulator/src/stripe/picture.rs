//! Pictures: of another colour for each file.

use crate::picture;

/// A PNG of one colour that follows from the seed.
pub(super) fn png(seed: u64) -> Vec<u8> {
    let [red, green, blue, ..] = seed.to_be_bytes();
    picture::png(48, 32, |_, _| [red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_seed_is_another_picture() {
        assert_ne!(png(1 << 40), png(1 << 50));
    }
}
