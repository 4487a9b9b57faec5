//! Folders.

use bytes::Bytes;

use crate::picture::crc32;

/// Files by name, not compressed, all of the first day the format knows.
pub(in crate::onfido) fn zip(files: &[(&str, &[u8])]) -> Bytes {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let place = length(archive.len());
        let mut about = Vec::new();
        // Version, flags, method, time, day.
        for value in [20_u16, 0, 0, 0, 0x21] {
            about.extend_from_slice(&value.to_le_bytes());
        }
        about.extend_from_slice(&crc32(&[content]).to_le_bytes());
        about.extend_from_slice(&length(content.len()).to_le_bytes());
        about.extend_from_slice(&length(content.len()).to_le_bytes());
        about.extend_from_slice(&short(name.len()).to_le_bytes());
        about.extend_from_slice(&[0, 0]);
        archive.extend_from_slice(b"PK\x03\x04");
        archive.extend_from_slice(&about);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(content);

        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&20_u16.to_le_bytes());
        directory.extend_from_slice(&about);
        // No comment, disk 0, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&place.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (place, size) = (length(archive.len()), length(directory.len()));
    archive.append(&mut directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    archive.extend_from_slice(&short(files.len()).to_le_bytes());
    archive.extend_from_slice(&short(files.len()).to_le_bytes());
    archive.extend_from_slice(&size.to_le_bytes());
    archive.extend_from_slice(&place.to_le_bytes());
    archive.extend_from_slice(&[0, 0]);
    archive.into()
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
