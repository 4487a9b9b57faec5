//! What may have been done to a body on its way, undone: one thing at a time.

use std::sync::Arc;

use idv_core::webhook::{DeliveryShape, JsonLayout};

use super::Cause;
use super::rewrite::{Document, Escapes, Form};

/// A body as it may have been.
pub(super) struct Variant {
    pub(super) cause: Cause,
    /// What has to be undone, for people.
    pub(super) how: String,
    pub(super) bytes: Vec<u8>,
}

/// The largest body that is written again.
const MAX_REWRITTEN_BYTES: usize = 1024 * 1024;

/// Everything that is tried, what happens most often first. Each is made when it is asked for.
pub(super) fn variants(body: &[u8]) -> impl Iterator<Item = Variant> {
    let simple = ends_and_line_ends(body).chain(character_sets(body));
    simple
        .chain(rewritten(body))
        .filter(move |variant| variant.bytes != body)
}

/// The body without one change.
type Undo = fn(&[u8]) -> Vec<u8>;
/// The same; none if the change cannot have been made.
type Decode = fn(&[u8]) -> Option<Vec<u8>>;

fn ends_and_line_ends(body: &[u8]) -> impl Iterator<Item = Variant> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let attempts: [(&str, Undo); 8] = [
        ("with a newline at the end, which was taken off", |b| {
            [b, b"\n"].concat()
        }),
        ("without the newline at the end, which was added", |b| {
            let bare = b.strip_suffix(b"\n").unwrap_or(b);
            bare.strip_suffix(b"\r").unwrap_or(bare).to_vec()
        }),
        (
            "without the white space at its ends, which was added",
            |b| b.trim_ascii().to_vec(),
        ),
        (
            "with LF at the ends of its lines, which were made CRLF",
            |b| {
                let kept = b.iter().enumerate();
                let kept = kept.filter(|&(at, &c)| c != b'\r' || b.get(at + 1) != Some(&b'\n'));
                kept.map(|(_, &c)| c).collect()
            },
        ),
        (
            "with CRLF at the ends of its lines, which were made LF",
            |b| {
                let mut out = Vec::with_capacity(b.len());
                let mut before = 0;
                for &c in b {
                    if c == b'\n' && before != b'\r' {
                        out.push(b'\r');
                    }
                    out.push(c);
                    before = c;
                }
                out
            },
        ),
        (
            "without the byte order mark at its beginning, which was added",
            |b| b.strip_prefix(BOM).unwrap_or(b).to_vec(),
        ),
        (
            "with a byte order mark at its beginning, which was taken off",
            |b| [BOM, b].concat(),
        ),
        ("with CRLF at its end, which was taken off", |b| {
            [b, b"\r\n"].concat()
        }),
    ];
    attempts.into_iter().map(move |(how, undo)| Variant {
        cause: Cause::BodyWhiteSpace,
        how: format!("it fits {how}"),
        bytes: undo(body),
    })
}

fn character_sets(body: &[u8]) -> impl Iterator<Item = Variant> {
    let attempts: [(&str, Decode); 3] = [
        ("it was made ISO 8859-1 and is UTF-8 at the vendor", |b| {
            let text: String = b.iter().map(|&byte| char::from(byte)).collect();
            std::str::from_utf8(b).is_err().then(|| text.into_bytes())
        }),
        (
            "its UTF-8 was taken for ISO 8859-1 and made UTF-8 once more",
            |b| {
                let chars = std::str::from_utf8(b).ok()?.chars();
                chars.map(|c| u8::try_from(u32::from(c)).ok()).collect()
            },
        ),
        ("it was made UTF-16 and is UTF-8 at the vendor", from_utf16),
    ];
    attempts.into_iter().filter_map(move |(how, undo)| {
        Some(Variant {
            cause: Cause::BodyCharacterSet,
            how: how.to_owned(),
            bytes: undo(body)?,
        })
    })
}

fn from_utf16(body: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = body.as_chunks::<2>() else {
        return None;
    };
    let is_little = body.starts_with(b"\xff\xfe") || body.get(1) == Some(&0);
    let is_big = body.starts_with(b"\xfe\xff") || body.first() == Some(&0);
    let units = pairs.iter().map(|&pair| match (is_little, is_big) {
        (true, _) => Some(u16::from_le_bytes(pair)),
        (_, true) => Some(u16::from_be_bytes(pair)),
        _ => None,
    });
    let units: Vec<u16> = units.collect::<Option<_>>()?;
    let text = String::from_utf16(&units).ok()?;
    Some(text.trim_start_matches('\u{feff}').as_bytes().to_vec())
}

const LAYOUTS: &[(JsonLayout, &str)] = &[
    (JsonLayout::Indented(2), "indented by 2 spaces"),
    (JsonLayout::Compact, "compact"),
    (JsonLayout::Spaced, "on one line with spaces"),
    (JsonLayout::Indented(4), "indented by 4 spaces"),
    (JsonLayout::Tabbed, "indented by tabulators"),
];

const ESCAPES: &[(Escapes, &str)] = &[
    (Escapes::None, ""),
    (Escapes::NonAscii, ", with escapes for what is not ASCII"),
    (Escapes::Slashes, ", with escaped slashes"),
    (
        Escapes::NonAsciiAndSlashes,
        ", with escapes for slashes and for what is not ASCII",
    ),
    (Escapes::Html, ", with escapes for <, > and &"),
];

fn rewritten(body: &[u8]) -> impl Iterator<Item = Variant> {
    let plain = document(body);
    let sorted = document(body).and_then(|mut document| document.sort().then_some(document));
    let documents = [(plain, ""), (sorted, ", its members sorted")];
    documents.into_iter().flat_map(move |(document, order)| {
        let document = document.map(Arc::new);
        document.into_iter().flat_map(move |document| {
            forms(body).map(move |(form, how)| Variant {
                cause: Cause::BodyReserialised,
                how: format!("it fits written {how}{order}"),
                bytes: document.write(form),
            })
        })
    })
}

fn document(body: &[u8]) -> Option<Document> {
    let small = (body.len() <= MAX_REWRITTEN_BYTES).then_some(body)?;
    Document::read(small).filter(Document::is_structure)
}

/// The forms in which a document differs that has these characters.
fn forms(body: &[u8]) -> impl Iterator<Item = (Form, String)> {
    let has = |any: &dyn Fn(u8) -> bool| body.iter().any(|&byte| any(byte));
    let has_escapes = body.windows(2).any(|pair| pair == b"\\u");
    let has_non_ascii = has_escapes || has(&|byte| !byte.is_ascii());
    let has_slashes = has(&|byte| byte == b'/');
    let has_html = has_escapes || has(&|byte| matches!(byte, b'<' | b'>' | b'&'));
    let matters = move |escapes: Escapes| match escapes {
        Escapes::None => true,
        Escapes::NonAscii => has_non_ascii,
        Escapes::Slashes => has_slashes,
        Escapes::NonAsciiAndSlashes => has_non_ascii && has_slashes,
        Escapes::Html => has_html,
    };
    LAYOUTS.iter().flat_map(move |&(layout, looks)| {
        let escapes = ESCAPES
            .iter()
            .filter(move |&&(escapes, _)| matters(escapes));
        escapes.flat_map(move |&(escapes, escaped)| {
            [false, true].map(|ends_with_newline| {
                let form = Form {
                    layout,
                    escapes,
                    ends_with_newline,
                };
                let end = if ends_with_newline {
                    " and a newline at the end"
                } else {
                    ""
                };
                (form, format!("{looks}{escaped}{end}"))
            })
        })
    })
}

/// What the body shows by itself, where nothing undone makes it fit.
pub(super) fn suspicion(body: &[u8], shape: Option<&DeliveryShape>) -> Option<(Cause, String)> {
    if body.is_empty() {
        return Some((Cause::BodyEmpty, "it has no bytes at all".to_owned()));
    }
    if is_cut_off(body) {
        let how = format!(
            "it ends after {} bytes, in the middle of its JSON",
            body.len()
        );
        return Some((Cause::BodyTruncated, how));
    }
    if body
        .windows(3)
        .any(|window| window == "\u{fffd}".as_bytes())
        || body.contains(&0)
    {
        let how = "it holds characters that stand for others that could not be read";
        return Some((Cause::BodyCharacterSet, how.to_owned()));
    }
    let (document, shape) = (document(body)?, shape?);
    let is_as_written = |layout: &JsonLayout| {
        ESCAPES.iter().any(|&(escapes, _)| {
            [false, true].into_iter().any(|ends_with_newline| {
                let form = Form {
                    layout: *layout,
                    escapes,
                    ends_with_newline,
                };
                document.write(form) == body
            })
        })
    };
    if shape.layouts.iter().any(is_as_written) {
        return None;
    }
    let how = "it is JSON, and not laid out as this vendor lays it out. The vendor's own bytes could not be made from it; if nothing has touched it, compare the secret";
    Some((Cause::BodyReserialised, how.to_owned()))
}

/// True if a JSON structure begins and does not end.
fn is_cut_off(body: &[u8]) -> bool {
    let mut depth = 0_i64;
    let (mut in_text, mut is_escaped, mut has_begun) = (false, false, false);
    for &byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                has_begun = true;
            }
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
    }
    has_begun && (in_text || depth > 0)
}
