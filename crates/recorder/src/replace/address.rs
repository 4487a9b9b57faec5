//! Where somebody lives.

use super::name::invented;
use super::opaque::same_layout;
use super::{Family, Replacements};
use crate::leftover::Weight;

impl Replacements {
    /// A line of an address below the town.
    pub(crate) fn street(&mut self, street: &str) -> String {
        self.forget(street, Weight::Person);
        let plain = street.trim().to_lowercase();
        let is_short = street.chars().count() <= 6;
        let drawn = self.once(Family::Street, &plain, |draw| {
            if is_short {
                return same_layout(street, draw);
            }
            format!("{} {} Street", draw.between(1, 199), invented(draw))
        });
        self.written(drawn)
    }

    /// A state or a province. Its code stays: it says no more than the country does.
    pub(crate) fn region(&mut self, region: &str) -> String {
        let is_code = region.len() <= 3
            && region
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_code {
            region.to_owned()
        } else {
            self.town(region)
        }
    }

    /// A postal code, in the form of its country.
    pub(crate) fn postcode(&mut self, code: &str) -> String {
        self.forget(code, Weight::Person);
        let drawn = self.once(Family::Number, &code.to_uppercase(), |draw| {
            same_layout(code, draw)
        });
        self.written(drawn)
    }
}
