//! Choices that depend on a value and a key, and look like chance to everybody without the key.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The key of one recording.
pub(crate) struct Key([u8; 32]);

/// The system gave no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub(crate) struct NoRandomness;

impl Key {
    pub(super) fn random() -> Result<Self, NoRandomness> {
        let mut key = [0; 32];
        SystemRandom::new()
            .fill(&mut key)
            .map_err(|_| NoRandomness)?;
        Ok(Self(key))
    }

    pub(super) const fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    pub(super) fn draw<'a>(&'a self, family: &str, value: &str, attempt: u32) -> Draw<'a> {
        Draw {
            key: self,
            // Lengths first, so that no two inputs are the same bytes.
            about: format!(
                "{}:{family}:{}:{value}:{attempt}",
                family.len(),
                value.len()
            ),
            block: 0,
            left: Vec::new(),
        }
    }
}

/// A row of choices.
pub(super) struct Draw<'a> {
    key: &'a Key,
    about: String,
    block: u32,
    left: Vec<u8>,
}

impl Draw<'_> {
    fn byte(&mut self) -> u8 {
        if let Some(byte) = self.left.pop() {
            return byte;
        }
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key.0).expect("any length is a key");
        mac.update(self.about.as_bytes());
        mac.update(&self.block.to_be_bytes());
        self.block += 1;
        self.left = mac.finalize().into_bytes().to_vec();
        self.left.pop().unwrap_or_default()
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let drawn = (0..4).fold(0_u32, |drawn, _| (drawn << 8) | u32::from(self.byte()));
        drawn % end.max(1)
    }

    /// A number from `first` to `last`.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// One of these.
    pub(super) fn one_of(&mut self, choices: &[u8]) -> char {
        let index = self.below(u32::try_from(choices.len()).unwrap_or(1)) as usize;
        char::from(choices.get(index).copied().unwrap_or(b'x'))
    }
}
