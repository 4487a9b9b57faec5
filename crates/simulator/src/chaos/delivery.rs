//! What goes wrong with a webhook.

use fastrand::Rng;
use serde::Deserialize;

use super::choose;

/// What goes wrong with one attempt to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFault {
    /// It arrives, and a while later again.
    Twice,
    /// It arrives after those that come later.
    Overtaken,
    /// It arrives an hour later.
    Late,
    /// It never arrives, and the vendor believes it did.
    Lost,
    /// Before it comes another one, whose body was changed after it was signed.
    Forged,
    /// Before it comes the first one about the same object once more, signed anew.
    Stale,
    /// It is signed with a key the receiver does not know. The vendor tries again, as after every refusal.
    WrongKey,
}

impl DeliveryFault {
    /// How many there are.
    #[cfg(test)]
    pub(super) const KINDS: usize = 7;

    /// The word for it in scenarios.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::Overtaken => "overtaken",
            Self::Late => "late",
            Self::Lost => "lost",
            Self::Forged => "forged",
            Self::Stale => "stale",
            Self::WrongKey => "wrong_key",
        }
    }

    /// How long after its time it is sent.
    pub(crate) const fn delay_secs(self) -> u64 {
        match self {
            Self::Overtaken => 90,
            Self::Late => 3_600,
            _ => 0,
        }
    }
}

/// How often, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryRates {
    /// Twice.
    pub twice: f64,
    /// After those that come later.
    pub overtaken: f64,
    /// An hour later.
    pub late: f64,
    /// Never.
    pub lost: f64,
    /// With a forged one before it.
    pub forged: f64,
    /// With an old one before it.
    pub stale: f64,
    /// Signed with a key the receiver does not know.
    pub wrong_key: f64,
}

impl DeliveryRates {
    /// Each as often as every other, with this probability in all.
    #[must_use]
    pub const fn evenly(probability: f64) -> Self {
        let each = probability / 7.0;
        Self {
            twice: each,
            overtaken: each,
            late: each,
            lost: each,
            forged: each,
            stale: each,
            wrong_key: each,
        }
    }

    /// Each with its name in a file.
    pub(super) const fn named(&self) -> [(&'static str, f64); 7] {
        [
            ("twice", self.twice),
            ("overtaken", self.overtaken),
            ("late", self.late),
            ("lost", self.lost),
            ("forged", self.forged),
            ("stale", self.stale),
            ("wrong_key", self.wrong_key),
        ]
    }

    pub(super) fn choose(&self, rng: &mut Rng) -> Option<DeliveryFault> {
        choose(
            rng,
            &[
                (self.twice, DeliveryFault::Twice),
                (self.overtaken, DeliveryFault::Overtaken),
                (self.late, DeliveryFault::Late),
                (self.lost, DeliveryFault::Lost),
                (self.forged, DeliveryFault::Forged),
                (self.stale, DeliveryFault::Stale),
                (self.wrong_key, DeliveryFault::WrongKey),
            ],
        )
    }
}
