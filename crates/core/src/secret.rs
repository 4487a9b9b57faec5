//! Values that must never be printed: credentials, signing keys, links that log a person in.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroize;

/// A credential, signing key or bearer link.
///
/// It prints as `Secret(..)`, does not serialize, and is wiped from memory when dropped.
/// It can be *read* from configuration or a vendor's answer, since that is how secrets arrive.
///
/// ```
/// use idv_core::Secret;
/// let key = Secret::new("sk_test_123".to_owned());
/// assert_eq!(format!("{key:?}"), "Secret(..)");
/// assert_eq!(key.expose(), "sk_test_123");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize = String>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value so that it can no longer leak by accident.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to review: it may go to a vendor or a cipher, never to a log.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// True if there is nothing but white space in it. A blank secret is a configuration error everywhere.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for Secret<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
