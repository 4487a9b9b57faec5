//! What commands read: a file, or standard input for `-`.

use std::io::Read as _;
use std::path::Path;

use super::Failure;

/// More than any vendor sends. A command that reads an endless stream ends.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What to call it in a message.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Reads all of it, byte for byte.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = name(path);
    let mut source: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(path).map_err(|error| {
            Failure::usage(format!(
                "{name} cannot be read ({error}): name an existing file, or - for standard input"
            ))
        })?;
        Box::new(file)
    };
    let mut bytes = Vec::new();
    match source.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Err(Failure::usage(format!(
            "{name} is larger than {MAX_BYTES} bytes: no vendor sends that much"
        ))),
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::usage(format!("{name} cannot be read ({error})"))),
    }
}
