//! What nobody can do without: the hash over the bytes, and one reading of them.
//!
//! The libraries are those of the providers, and so are the members that are read, each at its place and with its
//! type. What is not done is everything else: nothing is compared, nothing is mapped, and what is odd is an error.

mod wire;

use std::hint::black_box;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{Delivery, SECRET, Vendor};

/// The floor under one delivery.
#[derive(Debug)]
pub struct Floor<'a> {
    delivery: &'a Delivery,
    proof: Proof<'a>,
}

#[derive(Debug)]
enum Proof<'a> {
    /// An HMAC of these pieces.
    Hmac(Vec<&'a [u8]>),
    /// A digest of the body, and this token's signature.
    Es256 {
        key: Box<ParsedPublicKey>,
        signing_input: &'a str,
        signature: Vec<u8>,
    },
}

impl<'a> Floor<'a> {
    /// The floor under this one. Headers and keys are taken apart here, so that it costs nothing later.
    ///
    /// # Panics
    /// If the delivery is not signed as its vendor signs.
    #[must_use]
    pub fn under(delivery: &'a Delivery) -> Self {
        let proof = match delivery.vendor {
            Vendor::Stripe => {
                let (time, _) = delivery.signature.split_once(',').expect("t=…,v1=…");
                let time = time.strip_prefix("t=").expect("t=…");
                Proof::Hmac(vec![time.as_bytes(), b".", &delivery.body])
            }
            Vendor::Onfido => Proof::Hmac(vec![&delivery.body]),
            Vendor::Plaid => {
                let (input, signature) = delivery.signature.rsplit_once('.').expect("a token");
                let key = delivery.public_key.as_ref().expect("Plaid's is public");
                let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
                let coordinate = |name: &str| bytes(key[name].as_str().expect("a text"));
                let point = [vec![4], coordinate("x"), coordinate("y")].concat();
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                Proof::Es256 {
                    key: Box::new(key.expect("a point of the curve")),
                    signing_input: input,
                    signature: bytes(signature),
                }
            }
        };
        Self { delivery, proof }
    }

    /// The hash and the reading.
    pub fn hash_and_parse(&self) {
        self.hash();
        self.parse();
    }

    /// The hash alone; for Plaid with the check of the signature.
    ///
    /// # Panics
    /// If Plaid's signature is wrong.
    pub fn hash(&self) {
        match &self.proof {
            Proof::Hmac(pieces) => {
                let mac = Hmac::<Sha256>::new_from_slice(black_box(SECRET.as_bytes()));
                let mut mac = mac.expect("a key of any length");
                for piece in pieces {
                    mac.update(black_box(piece));
                }
                black_box(mac.finalize().into_bytes());
            }
            Proof::Es256 {
                key,
                signing_input,
                signature,
            } => {
                black_box(Sha256::digest(black_box(&self.delivery.body)));
                let message = black_box(signing_input.as_bytes());
                key.verify_sig(message, signature).expect("it is signed");
            }
        }
    }

    fn parse(&self) {
        let body = black_box(&*self.delivery.body);
        match self.delivery.vendor {
            Vendor::Stripe => read::<wire::StripeEvent<'_>>(body),
            Vendor::Onfido => read::<wire::OnfidoEvent<'_>>(body),
            Vendor::Plaid => read::<wire::PlaidEvent<'_>>(body),
        }
    }
}

fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) {
    black_box(serde_json::from_slice::<T>(body).expect("it is of its form"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::Size;

    #[test]
    fn every_delivery_has_a_floor() {
        for vendor in Vendor::ALL {
            for size in Size::ALL {
                Floor::under(&Delivery::new(*vendor, *size)).hash_and_parse();
            }
        }
    }
}
