//! The header `X-SHA2-Signature`.

use crate::hex::hmac_hex;

/// The value of `X-SHA2-Signature` for these bytes: HMAC-SHA256 in lower-case hex. The key is the webhook's token,
/// as the text it is; nothing but the body is signed.
#[must_use]
pub fn sign(token: &str, body: &[u8]) -> String {
    hmac_hex(token, &[body])
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        assert_eq!(
            sign("Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
