//! What goes wrong on the way: with calls of the API, and with webhooks.
//!
//! Either by chance, from a seed, or by a script of what goes wrong with which call and which webhook. A run by chance
//! can be written down afterwards ([`Simulator::mishaps`](crate::Simulator::mishaps)) and played again as a script, whole or in
//! part: that is how a long run that failed becomes a short one.

mod call;
mod delivery;
mod unknown;

use std::collections::BTreeMap;

use fastrand::Rng;
use serde::Deserialize;

pub use call::{CallFault, CallRates};
pub use delivery::{DeliveryFault, DeliveryRates};
pub(crate) use unknown::{with_unknown_member, with_unknown_value};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Chaos {
    /// Nothing, but for what a scenario says.
    Calm,
    /// By chance.
    Chance {
        /// The same seed makes the same choices, if the same calls and webhooks come in the same order.
        seed: u64,
        /// How often.
        rates: Rates,
    },
    /// These, and nothing else.
    Script(Mishaps),
}

impl Chaos {
    /// Everything that can go wrong does so with this probability in all, each with the same.
    #[must_use]
    pub const fn evenly(seed: u64, probability: f64) -> Self {
        Self::Chance {
            seed,
            rates: Rates {
                calls: CallRates::evenly(probability),
                deliveries: DeliveryRates::evenly(probability),
            },
        }
    }
}

/// How often things go wrong, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// With calls of the API.
    pub calls: CallRates,
    /// With webhooks.
    pub deliveries: DeliveryRates,
}

impl Rates {
    /// What is wrong with them, as a sentence. None if they can be drawn by.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let of = |table: &str, rates: &[(&str, f64)]| {
            let wrong = rates.iter().find(|(_, rate)| !(0.0..=1.0).contains(rate));
            if let Some((name, _)) = wrong {
                return Some(format!(
                    "{table}.{name} is no probability: give a number from 0 to 1"
                ));
            }
            let sum: f64 = rates.iter().map(|(_, rate)| rate).sum();
            // A little more than 1 is what remains of adding fractions.
            (sum > 1.000_001)
                .then(|| format!("{table}: together they are more than 1: lower some of them"))
        };
        let calls = of("calls", &self.calls.named());
        calls.or_else(|| of("deliveries", &self.deliveries.named()))
    }
}

/// What went wrong, or is to: by the number of the call and of the attempt to deliver, each counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mishaps {
    /// With calls.
    pub calls: BTreeMap<u64, CallFault>,
    /// With attempts to deliver.
    pub deliveries: BTreeMap<u64, DeliveryFault>,
}

impl Mishaps {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len() + self.deliveries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Chooses, and remembers what it chose.
#[derive(Debug)]
pub(crate) struct Chooser {
    chaos: Chaos,
    rng: Rng,
    calls: u64,
    deliveries: u64,
    chosen: Mishaps,
}

impl Chooser {
    pub(crate) fn new(chaos: Chaos) -> Self {
        let seed = match &chaos {
            Chaos::Chance { seed, .. } => *seed,
            _ => 0,
        };
        Self {
            chaos,
            rng: Rng::with_seed(seed),
            calls: 0,
            deliveries: 0,
            chosen: Mishaps::default(),
        }
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn calm_down(&mut self) {
        self.chaos = Chaos::Calm;
    }

    /// `scripted` by the scenario comes before chance.
    pub(crate) fn for_call(&mut self, scripted: Option<CallFault>) -> Option<CallFault> {
        let number = self.calls;
        self.calls += 1;
        let fault = scripted.or_else(|| match &self.chaos {
            Chaos::Calm => None,
            Chaos::Chance { rates, .. } => rates.calls.choose(&mut self.rng),
            Chaos::Script(mishaps) => mishaps.calls.get(&number).copied(),
        });
        if let Some(fault) = fault {
            self.chosen.calls.insert(number, fault);
        }
        fault
    }

    pub(crate) fn for_delivery(
        &mut self,
        scripted: Option<DeliveryFault>,
    ) -> Option<DeliveryFault> {
        let number = self.deliveries;
        self.deliveries += 1;
        let fault = scripted.or_else(|| match &self.chaos {
            Chaos::Calm => None,
            Chaos::Chance { rates, .. } => rates.deliveries.choose(&mut self.rng),
            Chaos::Script(mishaps) => mishaps.deliveries.get(&number).copied(),
        });
        if let Some(fault) = fault {
            self.chosen.deliveries.insert(number, fault);
        }
        fault
    }

    pub(crate) fn chosen(&self) -> &Mishaps {
        &self.chosen
    }
}

/// One of several, each with its probability; none with what is left of 1.
fn choose<T: Copy>(rng: &mut Rng, rates: &[(f64, T)]) -> Option<T> {
    let mut left = rng.f64();
    for (rate, what) in rates {
        if left < *rate {
            return Some(*what);
        }
        left -= rate;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(chaos: Chaos) -> Mishaps {
        let mut chooser = Chooser::new(chaos);
        for _ in 0..500 {
            chooser.for_call(None);
            chooser.for_delivery(None);
        }
        chooser.chosen().clone()
    }

    #[test]
    fn a_seed_makes_the_same_choices_and_their_script_too() {
        let first = draw(Chaos::evenly(7, 0.5));
        assert_eq!(first, draw(Chaos::evenly(7, 0.5)));
        assert_ne!(first, draw(Chaos::evenly(8, 0.5)));
        assert_eq!(first, draw(Chaos::Script(first.clone())));
        assert!((300..700).contains(&first.len()), "{}", first.len());
        let calls: std::collections::BTreeSet<_> = first.calls.values().collect();
        let deliveries: std::collections::BTreeSet<_> = first.deliveries.values().collect();
        assert_eq!(
            (calls.len(), deliveries.len()),
            (CallFault::KINDS, DeliveryFault::KINDS)
        );
        assert!(draw(Chaos::Calm).is_empty());
    }

    #[test]
    fn what_a_scenario_says_comes_before_chance() {
        let mut chooser = Chooser::new(Chaos::Calm);
        let fault = chooser.for_call(Some(CallFault::Hang));
        assert_eq!(fault, Some(CallFault::Hang));
        assert_eq!(chooser.chosen().calls[&0], CallFault::Hang);
    }
}
