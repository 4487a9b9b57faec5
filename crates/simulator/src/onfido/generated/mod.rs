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

#[cfg(test)]
mod tests {
    use super::*;

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
