//! Which parts of an address and which number each country needs, may have, or must not have.

/// Whether a member is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    /// The key must be absent.
    Forbidden,
}

impl Need {
    pub(super) fn check(self, name: &str, value: Option<&str>) -> Result<(), String> {
        match (self, value) {
            (Self::Required, None) => Err(format!("{name} is required in this country")),
            (Self::Forbidden, Some(_)) => Err(format!("{name} is not accepted in this country")),
            _ => Ok(()),
        }
    }
}

/// What an address of a country needs. A number that is required is asked for on the vendor's page if it is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) postal_code: Need,
    pub(super) region: Need,
    pub(super) id_number: Need,
}

/// Countries whose people are not verified.
pub(super) const NOT_SERVED: [&str; 6] = ["KP", "LY", "CD", "IR", "CU", "SY"];

/// States, the district and the territories.
pub(super) const STATES_OF_THE_US: [&str; 57] = [
    "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID",
    "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND",
    "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX",
    "UM", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
];

/// Postal code, region and number by country, as letters: R required, O optional, N not accepted.
const TABLE: &[(&str, &str)] = &[
    ("RRR", "AR AU BR CL CN CO IN MX MY NG ZA"),
    ("RRO", "CA ES IT JP NZ PH US"),
    ("RRN", "EG GT ID IE KR PE PT RO RU TH"),
    ("RNR", "CZ DK FI KE SE SG TR"),
    ("RNO", "PL"),
    ("NRR", "HK"),
    ("NRN", "AE PA"),
    (
        "NNN",
        "AG AI AO AW BB BF BJ BO BS BZ CW DJ FJ GH JM ML MW QA SL SS TD TG TO TT TV UG VU YE ZW",
    ),
];
/// Of a country that is in no row.
const OTHERS: &str = "RNN";

impl Needs {
    pub(super) fn of(country: &str) -> Self {
        let row = TABLE
            .iter()
            .find(|(_, countries)| countries.split(' ').any(|other| other == country));
        let letters = row.map_or(OTHERS, |(letters, _)| *letters);
        let need = |at: usize| match letters.as_bytes().get(at) {
            Some(b'R') => Need::Required,
            Some(b'O') => Need::Optional,
            _ => Need::Forbidden,
        };
        Self {
            postal_code: need(0),
            region: need(1),
            id_number: need(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_has_its_row() {
        let us = Needs::of("US");
        assert_eq!((us.region, us.id_number), (Need::Required, Need::Optional));
        assert_eq!(Needs::of("HK").postal_code, Need::Forbidden);
        let others = Needs::of("DE");
        assert_eq!(others.postal_code, Need::Required);
        assert_eq!(others.region, Need::Forbidden);
        assert!(Need::Forbidden.check("x", Some("y")).is_err());
        assert!(Need::Required.check("x", None).is_err());
        assert!(Need::Optional.check("x", None).is_ok());
    }
}
