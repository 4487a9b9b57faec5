//! What a run has shown, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::checks::Check;

/// How many breaches of one promise people are shown.
const SHOWN: usize = 10;

/// What a run has shown.
#[derive(Clone, Debug)]
pub struct Report {
    /// With it the same is sent again, in the same disorder.
    pub seed: u64,
    /// Numbers, in the order in which they are of interest.
    pub figures: Vec<(&'static str, Value)>,
    /// The promises.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether every promise was kept.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.checks.iter().all(Check::holds)
    }

    /// For people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, figure) in &self.figures {
            let figure = match figure.as_u64() {
                Some(number) => grouped(number),
                None => figure
                    .as_str()
                    .map_or_else(|| figure.to_string(), str::to_owned),
            };
            let _ = writeln!(text, "  {name:38} {figure:>12}");
        }
        for check in &self.checks {
            let mark = if check.holds() { "ok " } else { "NOT" };
            let count = grouped(check.looked_at as u64);
            let _ = writeln!(text, "  {mark} {} ({count} looked at)", check.promise);
            for breach in check.breaches.iter().take(SHOWN) {
                let _ = writeln!(text, "        {breach}");
            }
            if let Some(more) = check.breaches.len().checked_sub(SHOWN + 1) {
                let _ = writeln!(text, "        and {} more", grouped(more as u64 + 1));
            }
        }
        let end = if self.holds() {
            "Everything holds."
        } else {
            "It does not hold."
        };
        let _ = writeln!(text, "  {end} Seed: {}", self.seed);
        text
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let figures: serde_json::Map<_, _> = self
            .figures
            .iter()
            .map(|(name, figure)| {
                (
                    name.replace([' ', ','], "_").replace("__", "_"),
                    figure.clone(),
                )
            })
            .collect();
        let checks: Vec<_> = self
            .checks
            .iter()
            .map(|check| {
                json!({
                    "promise": check.promise,
                    "holds": check.holds(),
                    "looked_at": check.looked_at,
                    "breaches": check.breaches,
                })
            })
            .collect();
        json!({ "holds": self.holds(), "seed": self.seed, "figures": figures, "checks": checks })
    }
}

/// With a comma between the thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        let numbers = [0, 999, 1_000, 200_000, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "200,000", "1,234,567"]);
    }

    #[test]
    fn a_promise_that_nothing_was_held_against_is_not_kept() {
        let report = |looked_at, breaches: &[&str]| Report {
            seed: 7,
            figures: vec![("webhooks, sent", 1_000.into())],
            checks: vec![Check::new(
                "it is so",
                looked_at,
                breaches.iter().map(ToString::to_string).collect(),
            )],
        };
        assert!(report(1, &[]).holds());
        assert!(!report(0, &[]).holds());
        let broken = report(3, &["a"; 12]);
        assert!(!broken.holds());
        assert!(broken.to_text().contains("NOT it is so (3 looked at)"));
        assert!(broken.to_text().contains("and 2 more"));
        assert_eq!(broken.to_json()["checks"][0]["holds"], false);
        assert_eq!(broken.to_json()["figures"]["webhooks_sent"], 1_000);
    }
}
