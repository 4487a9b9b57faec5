//! Files for those who download: real ones, small, and without a person in them.

mod pdf;
mod png;
mod zip;

use bytes::Bytes;

pub(super) use pdf::pdf;
pub(super) use png::png;
pub(super) use zip::zip;

/// What a video of a few bytes is: the box that says what kind of file it is, and an empty one for what is in it.
pub(super) fn video() -> Bytes {
    let mut file = Vec::new();
    let brands = [b"isom".as_slice(), &512_u32.to_be_bytes(), b"isommp41"].concat();
    for (kind, content) in [(b"ftyp", brands.as_slice()), (b"mdat", &[])] {
        let length = u32::try_from(8 + content.len()).unwrap_or(u32::MAX);
        file.extend_from_slice(&length.to_be_bytes());
        file.extend_from_slice(kind);
        file.extend_from_slice(content);
    }
    file.into()
}

/// The checksum of PNG and ZIP.
fn crc32(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for byte in parts.iter().copied().flatten() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            crc = (crc >> 1) ^ carry;
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xcbf4_3926);
    }

    #[test]
    fn every_file_begins_as_its_kind_does() {
        assert!(png("a").starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_ne!(png("a"), png("b"));
        assert_eq!(png("a"), png("a"));
        assert!(pdf(&["A line".to_owned()]).starts_with(b"%PDF-1.4"));
        assert!(zip(&[("a.txt", b"text")]).starts_with(b"PK\x03\x04"));
        assert_eq!(&video()[4..8], b"ftyp");
    }
}
