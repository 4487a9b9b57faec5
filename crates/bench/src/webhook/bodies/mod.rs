//! What the vendors send, in three sizes. Nobody in them exists.

mod onfido;
mod plaid;
mod stripe;

use bytes::Bytes;

use super::Vendor;

/// How large a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As few members as there ever are.
    Small,
    /// As most are.
    Usual,
    /// 64 KiB, by members that a vendor may fill so.
    Large,
}

impl Size {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Small, Self::Usual, Self::Large];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Usual => "usual",
            Self::Large => "64 KiB",
        }
    }
}

/// What [`Size::Large`] means, in bytes, to within an element of a list.
const LARGE: usize = 65_536;

/// A token over Plaid's usual body, signed at the hour and with the key of every delivery here.
pub(super) const PLAID_TOKEN: &str = include_str!("plaid_token.txt");

/// The body of a webhook.
#[must_use]
pub(super) fn of(vendor: Vendor, size: Size) -> Bytes {
    Bytes::from(match vendor {
        Vendor::Stripe => stripe::body(size),
        Vendor::Onfido => onfido::body(size),
        Vendor::Plaid => plaid::body(size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_is_what_it_says() {
        for vendor in Vendor::ALL {
            let [small, usual, large] =
                [Size::Small, Size::Usual, Size::Large].map(|size| of(*vendor, size).len());
            assert!(small < usual && usual < 2_000, "{vendor:?}");
            assert!(large.abs_diff(LARGE) < 1_024, "{vendor:?}: {large}");
        }
    }
}
