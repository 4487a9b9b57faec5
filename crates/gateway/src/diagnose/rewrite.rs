//! JSON written again, as programs do that read it first: the same values in other bytes.

use std::fmt::{self, Write as _};

use idv_core::json;
use idv_core::webhook::JsonLayout;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON document whose members have kept their order, and whose numbers their digits.
#[derive(Debug)]
pub(super) enum Document {
    /// A number, a truth value or null, as it was written.
    Plain(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Which characters are escaped that need not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    None,
    /// Everything that is not ASCII.
    NonAscii,
    /// `/`.
    Slashes,
    NonAsciiAndSlashes,
    /// What has a meaning in HTML.
    Html,
}

/// How a document is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) layout: JsonLayout,
    pub(super) escapes: Escapes,
    pub(super) ends_with_newline: bool,
}

impl Document {
    /// Reads a document. None if the bytes are no JSON.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        Self::of(json::decode_borrowed(bytes).ok()?)
    }

    fn of(raw: &RawValue) -> Option<Self> {
        let bytes = raw.get().as_bytes();
        Some(match bytes.first()? {
            b'{' => {
                let Members(members) = json::decode_borrowed(bytes).ok()?;
                let members = members.into_iter();
                let read = members.map(|(name, raw)| Some((name, Self::of(raw)?)));
                Self::Object(read.collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<&RawValue> = json::decode_borrowed(bytes).ok()?;
                Self::List(items.into_iter().map(Self::of).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(json::decode_borrowed(bytes).ok()?),
            _ => Self::Plain(raw.get().to_owned()),
        })
    }

    /// True for an object or a list: what webhooks are.
    pub(super) const fn is_structure(&self) -> bool {
        matches!(self, Self::Object(_) | Self::List(_))
    }

    /// Puts the members of every object in the order of their names. False if they were.
    pub(super) fn sort(&mut self) -> bool {
        match self {
            Self::Object(members) => {
                let was_sorted = members.is_sorted_by(|(a, _), (b, _)| a <= b);
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                let values = members.iter_mut().map(|(_, value)| value.sort());
                values.fold(!was_sorted, |any, changed| any | changed)
            }
            Self::List(items) => items.iter_mut().fold(false, |any, item| any | item.sort()),
            Self::Plain(_) | Self::Text(_) => false,
        }
    }

    /// Writes it. Whether it is sorted is up to who calls.
    pub(super) fn write(&self, form: Form) -> Vec<u8> {
        let mut out = String::new();
        self.put(&mut out, form, 1);
        if form.ends_with_newline {
            out.push('\n');
        }
        out.into_bytes()
    }

    fn put(&self, out: &mut String, form: Form, depth: usize) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => put_text(out, text, form.escapes),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    separate(out, form.layout, index, depth);
                    item.put(out, form, depth + 1);
                }
                finish(out, form.layout, items.is_empty(), depth);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    separate(out, form.layout, index, depth);
                    put_text(out, name, form.escapes);
                    let is_compact = form.layout == JsonLayout::Compact;
                    out.push_str(if is_compact { ":" } else { ": " });
                    value.put(out, form, depth + 1);
                }
                finish(out, form.layout, members.is_empty(), depth);
                out.push('}');
            }
        }
    }
}

fn separate(out: &mut String, layout: JsonLayout, index: usize, depth: usize) {
    if index > 0 {
        out.push_str(match layout {
            JsonLayout::Spaced => ", ",
            _ => ",",
        });
    }
    begin_line(out, layout, depth);
}

fn finish(out: &mut String, layout: JsonLayout, is_empty: bool, depth: usize) {
    if !is_empty {
        begin_line(out, layout, depth.saturating_sub(1));
    }
}

fn begin_line(out: &mut String, layout: JsonLayout, depth: usize) {
    match layout {
        JsonLayout::Indented(width) => {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', width.saturating_mul(depth)));
        }
        JsonLayout::Tabbed => {
            out.push('\n');
            out.extend(std::iter::repeat_n('\t', depth));
        }
        _ => {}
    }
}

fn put_text(out: &mut String, text: &str, escapes: Escapes) {
    let non_ascii = matches!(escapes, Escapes::NonAscii | Escapes::NonAsciiAndSlashes);
    let slashes = matches!(escapes, Escapes::Slashes | Escapes::NonAsciiAndSlashes);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if slashes => out.push_str("\\/"),
            '<' | '>' | '&' if escapes == Escapes::Html => put_escape(out, c),
            c if c < ' ' || (non_ascii && !c.is_ascii()) => put_escape(out, c),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn put_escape(out: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// The members of an object in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
