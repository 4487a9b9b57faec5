//! Countries, as ISO 3166-1 alpha-2.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A country: ISO 3166-1 alpha-2 (and `XK` for Kosovo), or the text a vendor gave that is no such code.
///
/// ```
/// use idv_core::Country;
/// assert_eq!(Country::from_code("FRA").as_str(), "FR");
/// assert_eq!(Country::from_code("XKX").as_str(), "XK");
/// assert_eq!(Country::from_code("Ruritania"), Country::Unknown("Ruritania".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Country {
    /// An assigned code, two upper-case letters.
    Known(&'static str),
    /// Text that is no assigned code, as it came.
    Unknown(String),
}

/// Kosovo has no assigned code; `XK` and `XKX` are in wide use and within the user-assigned range.
const KOSOVO: &str = "XK";

impl Country {
    /// Reads an alpha-2 or alpha-3 code in upper case. Anything else is kept as unknown.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if matches!(code, "XK" | "XKX") {
            return Self::Known(KOSOVO);
        }
        let found = match code.len() {
            2 => celes::Country::from_alpha2(code).ok(),
            3 => celes::Country::from_alpha3(code).ok(),
            _ => None,
        };
        found
            // The table also reads lower case; a code in another case is not the code.
            .filter(|_| code.bytes().all(|b| b.is_ascii_uppercase()))
            .map_or_else(|| Self::Unknown(code.to_owned()), |c| Self::Known(c.alpha2))
    }

    /// The alpha-2 code, or the text that is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(code) => code,
            Self::Unknown(raw) => raw,
        }
    }

    /// The alpha-3 code; none for an unknown country.
    #[must_use]
    pub fn alpha3(&self) -> Option<&'static str> {
        match self {
            Self::Known(KOSOVO) => Some("XKX"),
            Self::Known(code) => celes::Country::from_alpha2(code).ok().map(|c| c.alpha3),
            Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::label(self.as_str()))
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Ok(Self::from_code(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::Country;

    #[test]
    fn codes_of_two_and_three_letters_are_the_same_country() {
        for (two, three) in [
            ("FR", "FRA"),
            ("US", "USA"),
            ("GB", "GBR"),
            ("XK", "XKX"),
            ("BQ", "BES"),
        ] {
            assert_eq!(Country::from_code(two), Country::from_code(three));
            assert_eq!(Country::from_code(two).alpha3(), Some(three));
        }
    }

    #[test]
    fn what_is_no_code_survives() {
        for raw in ["", "fr", "ZZ", "Zz9", "[redacted]", "France"] {
            let country = Country::from_code(raw);
            assert_eq!(country, Country::Unknown(raw.into()));
            let json = serde_json::to_string(&country).unwrap();
            assert_eq!(
                crate::json::decode::<Country>(json.as_bytes()).unwrap(),
                country
            );
        }
    }
}
