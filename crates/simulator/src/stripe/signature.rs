//! The header `Stripe-Signature`.

use std::fmt::Write as _;

use crate::hex::hmac_hex;

/// The value of `Stripe-Signature` for these bytes, signed with one secret at `at_unix_secs`.
///
/// The key is the endpoint's secret as the dashboard shows it, prefix included.
#[must_use]
pub fn sign(secret: &str, body: &[u8], at_unix_secs: i64) -> String {
    Signing {
        secrets: &[secret],
        with_v0: false,
    }
    .header(body, at_unix_secs)
}

/// How an endpoint signs.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// The live secrets: one, or two while a secret is being rolled (for up to 24 hours). Each makes a `v1`.
    pub secrets: &'a [&'a str],
    /// Whether to add the `v0` that sandbox events carry. It is made with no secret and proves nothing.
    pub with_v0: bool,
}

impl Signing<'_> {
    /// The value of the header.
    #[must_use]
    pub fn header(&self, body: &[u8], at_unix_secs: i64) -> String {
        let mut header = format!("t={at_unix_secs}");
        for secret in self.secrets {
            let _ = write!(header, ",v1={}", over(secret, body, at_unix_secs));
        }
        if self.with_v0 {
            let _ = write!(header, ",v0={}", over("", body, at_unix_secs));
        }
        header
    }
}

/// The secrets stay out of logs.
impl std::fmt::Debug for Signing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signing")
            .field("secrets", &self.secrets.len())
            .field("with_v0", &self.with_v0)
            .finish()
    }
}

/// HMAC-SHA256 over the time, a dot and the body.
fn over(secret: &str, body: &[u8], at_unix_secs: i64) -> String {
    let at = at_unix_secs.to_string();
    hmac_hex(secret, &[at.as_bytes(), b".", body])
}

#[cfg(test)]
mod tests {
    use super::*;

    // `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_known`.
    const KNOWN: &str = "cf0f6e6b48afcb0cb17721cbc9dd3e6ebac32e5352fdb7f22aaa622a454b1fc4";

    #[test]
    fn the_signature_is_that_of_another_implementation() {
        assert_eq!(
            sign("whsec_known", br#"{"a":1}"#, 1_700_000_000),
            format!("t=1700000000,v1={KNOWN}")
        );
    }

    #[test]
    fn each_secret_signs_once_and_v0_is_not_made_with_any() {
        let signing = Signing {
            secrets: &["whsec_old", "whsec_known"],
            with_v0: true,
        };
        let header = signing.header(br#"{"a":1}"#, 1_700_000_000);
        let parts: Vec<&str> = header.split(',').collect();
        assert_eq!(parts.len(), 4);
        assert_eq!(parts[2], format!("v1={KNOWN}"));
        assert!(parts[1].starts_with("v1=") && parts[1] != parts[2]);
        assert!(parts[3].starts_with("v0=") && !header.contains(&format!("v0={KNOWN}")));
        assert!(!format!("{signing:?}").contains("whsec"));
    }
}
