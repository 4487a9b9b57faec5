//! Pictures.

use bytes::Bytes;

use super::crc32;
use crate::onfido::ids::digest;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 40;

/// A picture of coloured bars; the name chooses the colours.
pub(in crate::onfido) fn png(name: &str) -> Bytes {
    let colours = digest(&[name]).into_bytes();
    let mut rows = Vec::new();
    for row in 0..HEIGHT {
        // No filter.
        rows.push(0);
        for column in 0..WIDTH {
            let at = (row / 8 + column / 8) as usize * 3;
            let colour = (0..3).map(|part| colours.get(at + part).copied().unwrap_or_default());
            rows.extend(colour.map(|digit| digit.wrapping_mul(5)));
        }
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend_from_slice(&WIDTH.to_be_bytes());
    header.extend_from_slice(&HEIGHT.to_be_bytes());
    // Eight bits of each of three colours.
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &stored(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file.into()
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&kind);
    file.extend_from_slice(content);
    file.extend_from_slice(&crc32(&[&kind, content]).to_be_bytes());
}

/// A zlib stream with one block that is not compressed: so many bytes fit into one.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend_from_slice(&length.to_le_bytes());
    stream.extend_from_slice(&(!length).to_le_bytes());
    stream.extend_from_slice(bytes);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend_from_slice(&(b << 16 | a).to_be_bytes());
    stream
}
