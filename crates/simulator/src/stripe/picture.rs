//! Pictures of nothing: small, valid, and of another colour for each file.

/// A PNG of one colour that follows from the seed.
pub(super) fn png(seed: u64) -> Vec<u8> {
    const WIDTH: u32 = 48;
    const HEIGHT: u32 = 32;
    let [red, green, blue, ..] = seed.to_be_bytes();
    let row: Vec<u8> = std::iter::once(0)
        .chain(
            [red, green, blue]
                .into_iter()
                .cycle()
                .take(WIDTH as usize * 3),
        )
        .collect();
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Eight bits for each of red, green and blue; the usual compression and filters; not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &stored(&row.repeat(HEIGHT as usize)));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    png.extend(length.to_be_bytes());
    let summed = [name.as_slice(), data].concat();
    png.extend(&summed);
    png.extend(crc32(&summed).to_be_bytes());
}

/// The zlib form of data that is not compressed, in one block: up to 65,535 bytes.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(data);
    out.extend(adler32(data).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let carry = if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            (crc >> 1) ^ carry
        })
    };
    !data.iter().fold(u32::MAX, step)
}

fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    (high << 16) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_the_standards() {
        // The check value of CRC-32, and the example of RFC 1950's algorithm.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn another_seed_is_another_picture() {
        assert!(png(1 << 40).starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
        assert_ne!(png(1 << 40), png(1 << 50));
    }
}
