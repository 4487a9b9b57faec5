//! Ids in the vendor's layouts: not to be guessed at the vendor's, to be repeated here.

use sha2::{Digest as _, Sha256};

use crate::hex::hex;

/// Makes ids. The same seed makes the same ones in the same order.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    seed: u64,
    made: u64,
}

impl Ids {
    pub(super) const fn of_seed(seed: u64) -> Self {
        Self { seed, made: 0 }
    }

    /// 64 hexadecimal digits.
    fn next(&mut self) -> String {
        self.made += 1;
        digest(&[&self.seed.to_string(), &self.made.to_string()])
    }

    /// In the layout of a random UUID.
    pub(super) fn uuid(&mut self) -> String {
        uuid_of(&self.next())
    }

    /// A secret of 32 letters and digits, as those of webhooks are.
    pub(super) fn token(&mut self) -> String {
        const LETTERS: &[u8; 64] =
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        let digest = self.next();
        let bytes = digest.as_bytes().chunks_exact(2);
        let value = |pair: &[u8]| pair.iter().fold(0, |sum, digit| sum * 16 + nibble(*digit));
        bytes
            .filter_map(|pair| LETTERS.get(value(pair) % LETTERS.len()))
            .map(|letter| char::from(*letter))
            .collect()
    }
}

fn nibble(digit: u8) -> usize {
    char::from(digit).to_digit(16).unwrap_or_default() as usize
}

/// A digest in 64 hexadecimal digits.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize())
}

/// The layout of a random UUID, from at least 32 hexadecimal digits.
pub(super) fn uuid_of(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// Whether the text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_ids_and_none_twice() {
        let make = |seed| {
            let mut ids = Ids::of_seed(seed);
            [ids.uuid(), ids.uuid(), ids.token(), ids.token()]
        };
        let first = make(1);
        assert_eq!(first, make(1));
        assert_ne!(first, make(2));
        assert!(is_uuid(&first[0]) && first[0] != first[1]);
        assert_eq!(first[2].len(), 32);
        assert_ne!(first[2], first[3]);
        assert!(!is_uuid("invalid-applicant-id"));
    }
}
