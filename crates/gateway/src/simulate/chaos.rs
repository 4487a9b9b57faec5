//! What is to go wrong.

use std::path::Path;

use idv_core::Clock;
use idv_simulator::chaos::{Chaos, Rates};

use crate::cli::Failure;

/// As it stands on the command line.
pub(super) struct Wanted<'a> {
    pub(super) probability: Option<f64>,
    pub(super) file: Option<&'a Path>,
    pub(super) seed: Option<u64>,
}

/// What goes wrong, and by which seed if by chance.
pub(super) struct Chosen {
    pub(super) chaos: Chaos,
    pub(super) seed: Option<u64>,
}

impl Wanted<'_> {
    /// Without a seed it is taken from the clock.
    pub(super) fn read(&self, clock: &dyn Clock) -> Result<Chosen, Failure> {
        if self.probability.is_none() && self.file.is_none() {
            return match self.seed {
                None => Ok(Chosen {
                    chaos: Chaos::Calm,
                    seed: None,
                }),
                Some(_) => Err(Failure::usage(
                    "--seed chooses what goes wrong, and nothing does: add --chaos 0.1 or --chaos-file, or leave it out",
                )),
            };
        }
        let from_clock = || clock.now().as_unix_micros().unsigned_abs() % 1_000_000;
        let seed = self.seed.unwrap_or_else(from_clock);
        let chaos = match (self.probability, self.file) {
            (_, Some(file)) => Chaos::Chance {
                seed,
                rates: rates(file).map_err(Failure::Usage)?,
            },
            (probability, None) => Chaos::evenly(seed, probability.unwrap_or_default()),
        };
        Ok(Chosen {
            chaos,
            seed: Some(seed),
        })
    }
}

fn rates(file: &Path) -> Result<Rates, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{name} cannot be read ({error}): name an existing file with --chaos-file")
    })?;
    let rates: Rates = toml::from_str(&text).map_err(|error| {
        format!(
            "{name}: {}: write such as `[deliveries]` and `lost = 0.1`",
            error.message()
        )
    })?;
    match rates.problem() {
        None => Ok(rates),
        Some(problem) => Err(format!("{name}: {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use idv_core::{SystemClock, Timestamp};

    use super::*;

    #[derive(Debug)]
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_micros(1_795_176_000_123_456)
        }
    }

    fn wanted(probability: Option<f64>, seed: Option<u64>) -> Wanted<'static> {
        Wanted {
            probability,
            file: None,
            seed,
        }
    }

    #[test]
    fn a_seed_is_made_if_none_is_given_and_refused_if_nothing_goes_wrong() {
        let chosen = wanted(Some(0.5), None).read(&Still).unwrap();
        assert_eq!(chosen.seed, Some(123_456));
        assert_eq!(chosen.chaos, Chaos::evenly(123_456, 0.5));
        let chosen = wanted(Some(0.5), Some(7)).read(&Still).unwrap();
        assert_eq!(chosen.chaos, Chaos::evenly(7, 0.5));
        let calm = wanted(None, None).read(&SystemClock).unwrap();
        assert_eq!((calm.chaos, calm.seed), (Chaos::Calm, None));
        assert!(wanted(None, Some(7)).read(&Still).is_err());
    }

    #[test]
    fn a_file_says_how_often_and_what_is_wrong_with_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("chaos.toml");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            rates(&file)
        };
        let read_rates = read("[deliveries]\nlost = 0.25\n[calls]\nhang = 1").unwrap();
        assert_eq!(read_rates.deliveries.lost, 0.25);
        for (text, problem) in [
            ("[deliveries]\nlots = 0.25", "unknown field `lots`"),
            (
                "[deliveries]\nlost = 1.25",
                "deliveries.lost is no probability",
            ),
            (
                "[calls]\nhang = 0.6\ntruncated = 0.6",
                "calls: together they are more than 1",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.contains(problem) && error.contains("chaos.toml"),
                "{error}"
            );
        }
        assert!(
            rates(Path::new("no-such-file"))
                .unwrap_err()
                .contains("--chaos-file")
        );
    }
}
