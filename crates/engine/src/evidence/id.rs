//! The id under which the application asks for a file.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_core::{InvalidId, SessionKey};
use uuid::Uuid;

/// One file of one session. Its text form is opaque, `evd_…`, and fits into a path as it is.
///
/// It holds the vendor's id of the file, so that nothing about the file has to be kept here.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EvidenceId {
    pub(super) session: SessionKey,
    pub(super) vendor_file_id: String,
}

const PREFIX: &str = "evd_";
const KEY_BYTES: usize = 16;
/// Longer ids are none of ours.
const MAX_TEXT_BYTES: usize = 1024;

impl EvidenceId {
    pub(super) const fn new(session: SessionKey, vendor_file_id: String) -> Self {
        Self {
            session,
            vendor_file_id,
        }
    }
}

impl fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.session.as_uuid().into_bytes().to_vec();
        bytes.extend_from_slice(self.vendor_file_id.as_bytes());
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EvidenceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId {
            expected: "evidence id (evd_ and what the list of evidence says)",
        };
        let packed = text
            .strip_prefix(PREFIX)
            .filter(|_| text.len() <= MAX_TEXT_BYTES);
        let bytes = packed.and_then(|packed| URL_SAFE_NO_PAD.decode(packed).ok());
        let bytes = bytes.ok_or(invalid)?;
        let (key, file) = bytes.split_first_chunk::<KEY_BYTES>().ok_or(invalid)?;
        let vendor_file_id = String::from_utf8(file.to_vec()).map_err(|_| invalid)?;
        if vendor_file_id.is_empty() {
            return Err(invalid);
        }
        let session = SessionKey::from_uuid(Uuid::from_bytes(*key));
        Ok(Self::new(session, vendor_file_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_fits_into_a_path() {
        let session = SessionKey::from_uuid(Uuid::from_u128(7));
        for file in ["f", "file_1/é?&#%", "a b"] {
            let id = EvidenceId::new(session, file.to_owned());
            let text = id.to_string();
            assert_eq!(text.parse::<EvidenceId>().unwrap(), id);
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
            assert!(text.bytes().all(plain), "{text}");
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let empty = EvidenceId::new(SessionKey::from_uuid(Uuid::nil()), String::new());
        let long = EvidenceId::new(empty.session, "f".repeat(1000));
        for text in [
            "",
            "evd_",
            "evd_AAAA",
            "file_1",
            "evd_***",
            &empty.to_string(),
            &long.to_string(),
        ] {
            assert!(text.parse::<EvidenceId>().is_err(), "{text}");
        }
    }
}
