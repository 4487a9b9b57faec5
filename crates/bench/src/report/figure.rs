//! A number with its unit.

use serde::{Deserialize, Serialize};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds for one.
    Seconds,
    /// Of them in a second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Times.
    Count,
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
}

impl Figure {
    /// Seconds for one.
    #[must_use]
    pub const fn seconds(value: f64) -> Self {
        let unit = Unit::Seconds;
        Self { value, unit }
    }

    /// Of them in a second.
    #[must_use]
    pub const fn per_second(value: f64) -> Self {
        let unit = Unit::PerSecond;
        Self { value, unit }
    }

    /// Bytes.
    #[must_use]
    pub const fn bytes(value: f64) -> Self {
        let unit = Unit::Bytes;
        Self { value, unit }
    }

    /// Times.
    #[must_use]
    pub const fn count(value: f64) -> Self {
        let unit = Unit::Count;
        Self { value, unit }
    }

    /// For people: three digits and a unit of a fitting size.
    #[must_use]
    pub fn text(self) -> String {
        const TIMES: &[(f64, &str)] = &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
        const BYTES: &[(f64, &str)] = &[
            (1_073_741_824.0, "GiB"),
            (1_048_576.0, "MiB"),
            (1_024.0, "KiB"),
            (1.0, "B"),
        ];
        match self.unit {
            Unit::Seconds => scaled(self.value, TIMES),
            Unit::Bytes => scaled(self.value, BYTES),
            Unit::PerSecond => format!("{}/s", digits(self.value)),
            Unit::Count => digits(self.value),
        }
    }
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let fitting = units.iter().find(|(size, _)| value.abs() >= *size);
    let (size, name) = fitting.or(units.last()).copied().unwrap_or((1.0, ""));
    format!("{} {name}", digits(value / size))
}

/// Three digits of it, and every digit before the point.
fn digits(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        large if large >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_a_unit_of_a_fitting_size() {
        let cases = [
            (Figure::seconds(0.000_012_34), "12.3 µs"),
            (Figure::seconds(2.0), "2.00 s"),
            (Figure::seconds(0.0), "0.00 ns"),
            (Figure::bytes(65_536.0), "64.0 KiB"),
            (Figure::per_second(12_345.6), "12346/s"),
            (Figure::count(3.0), "3.00"),
        ];
        for (figure, text) in cases {
            assert_eq!(figure.text(), text);
        }
    }
}
