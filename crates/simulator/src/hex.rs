//! Bytes as text, and what is made of bytes and a secret.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The bytes of lower-case hexadecimal digits; none if it is not that.
pub(crate) fn from_hex(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let pairs = (0..hex.len()).step_by(2);
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    pairs.map(byte).collect()
}

/// HMAC-SHA256 over these bytes, one after the other, in hexadecimal digits. The key is the secret as the text it is.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
pub(crate) fn hmac_hex(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    for part in parts {
        mac.update(part);
    }
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_there_and_back() {
        assert_eq!(hex(b"a\xff"), "61ff");
        assert_eq!(from_hex("61ff").unwrap(), b"a\xff");
        assert_eq!((from_hex("abc"), from_hex("zz")), (None, None));
    }

    #[test]
    fn what_is_signed_in_parts_is_signed_as_a_whole() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        for parts in [
            [b"what do ya want ".as_slice(), b"for nothing?"],
            [b"what do ya want for nothing?", b""],
        ] {
            assert_eq!(hmac_hex("Jefe", &parts), expected);
        }
    }
}
