//! Ids in the vendor's layouts: no two alike, and the same ones again for the same seed.

use sha2::{Digest as _, Sha256};

use crate::hex::hex;

/// Letters and digits that nobody mistakes for each other, as in the vendor's ids.
const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Where ids come from.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    made: u64,
}

impl Ids {
    pub(super) const fn of_seed(seed: u64) -> Self {
        Self { seed, made: 0 }
    }

    /// 32 bytes for one purpose: another ones each time.
    pub(super) fn bytes(&mut self, purpose: &str) -> [u8; 32] {
        self.made += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.made.to_be_bytes());
        hash.update(purpose);
        hash.finalize().into()
    }

    /// So many letters and digits after a prefix, 32 at most: `idv_enEDjZD5sX6pUM`.
    pub(super) fn word(&mut self, prefix: &str, letters: usize) -> String {
        let bytes = self.bytes(prefix).into_iter().take(letters);
        let letter = |byte: u8| {
            let index = usize::from(byte) % ALPHABET.len();
            ALPHABET
                .get(index)
                .map_or('1', |letter| char::from(*letter))
        };
        prefix.chars().chain(bytes.map(letter)).collect()
    }

    /// 32 hexadecimal digits.
    pub(super) fn hex(&mut self, purpose: &str) -> String {
        hex(self.bytes(purpose).get(..16).unwrap_or_default())
    }

    /// A UUID.
    pub(super) fn uuid(&mut self, purpose: &str) -> String {
        let hex = self.hex(purpose);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_again_and_no_id_twice() {
        let ids = |seed: u64| {
            let mut ids = Ids::of_seed(seed);
            [
                ids.word("idv_", 14),
                ids.word("idv_", 14),
                ids.hex("key"),
                ids.uuid("kid"),
            ]
        };
        let first = ids(1);
        assert_eq!(first, ids(1));
        assert_ne!(first, ids(2));
        assert_ne!(first[0], first[1]);
        assert_eq!(first.clone().map(|id| id.len()), [18, 18, 32, 36]);
        assert_eq!(first[3].matches('-').count(), 4);
    }
}
