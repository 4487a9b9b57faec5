//! Keys that seal values.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use idv_core::Secret;
use uuid::Uuid;

use crate::store::{DataKeyId, Sealed};

/// First byte of every sealed value: the format. Format 1 is version, key id, nonce, ciphertext with tag.
const FORMAT: u8 = 1;
const KEY_ID_LEN: usize = 16;
const HEADER_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;

/// Where a value lives. Sealed into it, so that ciphertext moved elsewhere does not open.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Table and column, such as `inbox.body`.
    pub column: &'static str,
    /// The row.
    pub row: Uuid,
}

impl Place {
    fn aad(self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(self.column.len() + 1 + 16);
        aad.extend_from_slice(self.column.as_bytes());
        aad.push(0);
        aad.extend_from_slice(self.row.as_bytes());
        aad
    }
}

/// A value did not open: another key, another place, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored value could not be decrypted: its key is gone, or it was changed or moved")]
pub struct OpenFailed;

/// A key that seals values.
pub struct DataKey {
    id: DataKeyId,
    key: RandomizedNonceKey,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id.0)
    }
}

impl DataKey {
    pub(super) fn new(id: DataKeyId, bytes: &Secret<[u8; 32]>) -> Result<Self, OpenFailed> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes.expose()).map_err(|_| OpenFailed)?;
        Ok(Self { id, key })
    }

    /// Seals a value for its place.
    ///
    /// # Errors
    /// [`OpenFailed`] if the machine gave no random bytes.
    pub fn seal(&self, place: Place, plaintext: &[u8]) -> Result<Sealed, OpenFailed> {
        let mut body = plaintext.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(place.aad()), &mut body)
            .map_err(|_| OpenFailed)?;
        let mut sealed = Vec::with_capacity(HEADER_LEN + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(self.id.0.as_bytes());
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        Ok(Sealed::from_bytes(sealed))
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// [`OpenFailed`] if it was sealed with another key, for another place, or was changed.
    pub fn open(&self, place: Place, sealed: &Sealed) -> Result<Vec<u8>, OpenFailed> {
        let (key_id, nonce, body) = parts(sealed).ok_or(OpenFailed)?;
        if key_id != self.id {
            return Err(OpenFailed);
        }
        let mut body = body.to_vec();
        let plaintext = self
            .key
            .open_in_place(nonce, Aad::from(place.aad()), &mut body)
            .map_err(|_| OpenFailed)?;
        Ok(plaintext.to_vec())
    }
}

/// The id of the key a value was sealed with.
pub(super) fn key_id_of(sealed: &Sealed) -> Option<DataKeyId> {
    parts(sealed).map(|(id, _, _)| id)
}

fn parts(sealed: &Sealed) -> Option<(DataKeyId, Nonce, &[u8])> {
    let (header, body) = sealed.as_bytes().split_at_checked(HEADER_LEN)?;
    let (format, rest) = header.split_first()?;
    let (key_id, nonce) = rest.split_at_checked(KEY_ID_LEN)?;
    if *format != FORMAT {
        return None;
    }
    let key_id = DataKeyId(Uuid::from_slice(key_id).ok()?);
    Some((key_id, Nonce::try_assume_unique_for_key(nonce).ok()?, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> DataKey {
        let id = DataKeyId(Uuid::from_u128(u128::from(byte)));
        DataKey::new(id, &Secret::new([byte; 32])).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_with_its_key_at_its_place_and_nowhere_else() {
        let here = Place {
            column: "inbox.body",
            row: Uuid::from_u128(7),
        };
        let sealed = key(1).seal(here, b"Jane Doe").unwrap();
        assert!(!sealed.as_bytes().windows(4).any(|w| w == b"Jane"));
        assert_eq!(key(1).open(here, &sealed).unwrap(), b"Jane Doe");
        assert_eq!(key(2).open(here, &sealed), Err(OpenFailed));
        for other in [
            Place {
                row: Uuid::from_u128(8),
                ..here
            },
            Place {
                column: "inbox.reply",
                ..here
            },
        ] {
            assert_eq!(key(1).open(other, &sealed), Err(OpenFailed));
        }
        for i in 0..sealed.as_bytes().len() {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[i] ^= 1;
            assert_eq!(
                key(1).open(here, &Sealed::from_bytes(bytes)),
                Err(OpenFailed),
                "byte {i}"
            );
        }
        assert_eq!(
            key(1).open(here, &Sealed::from_bytes(vec![])),
            Err(OpenFailed)
        );
    }

    #[test]
    fn the_same_value_never_seals_to_the_same_bytes() {
        let here = Place {
            column: "inbox.body",
            row: Uuid::nil(),
        };
        assert_ne!(
            key(1).seal(here, b"x").unwrap(),
            key(1).seal(here, b"x").unwrap()
        );
    }
}
