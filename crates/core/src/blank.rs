//! Bodies without the credentials in them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::decode_borrowed;
use crate::{ProviderInfo, Unreadable};

/// What stands where a credential was.
const BLANKED: &str = r#""[blanked]""#;

impl ProviderInfo {
    /// A part's bytes with every credential of [`credential_pointers`](Self::credential_pointers) replaced. Links and
    /// tokens let their bearer act as the subject, so they are not kept even encrypted.
    ///
    /// Everything else stays as the vendor wrote it, in its order, members that are there twice included: so the rest
    /// means the same when it is mapped again. `null` and the empty text are no credential and stay too. Of a part
    /// that has credentials and is not JSON nothing is kept.
    #[must_use]
    pub fn without_credentials<'b>(&self, part: &str, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let pointers: Vec<Vec<String>> = self
            .credential_pointers
            .iter()
            .filter(|credential| credential.part == part)
            .map(|credential| segments(credential.pointer))
            .collect();
        if pointers.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let pointers: Vec<&[String]> = pointers.iter().map(Vec::as_slice).collect();
        let mut kept = String::new();
        let blanked = decode_borrowed::<&RawValue>(bytes)
            .and_then(|document| write(document.get(), &pointers, &mut kept));
        Cow::Owned(blanked.map(|()| kept.into_bytes()).unwrap_or_default())
    }
}

/// The segments of a JSON pointer (RFC 6901).
fn segments(pointer: &str) -> Vec<String> {
    let segments = pointer.split('/').skip(1);
    segments
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// Writes a value with what the pointers lead to replaced. It goes as deep as the longest pointer and no deeper.
fn write(value: &str, pointers: &[&[String]], kept: &mut String) -> Result<(), Unreadable> {
    if pointers.iter().any(|pointer| pointer.is_empty()) {
        let is_credential = !matches!(value, "null" | r#""""#);
        kept.push_str(if is_credential { BLANKED } else { value });
        return Ok(());
    }
    let below = |fits: &dyn Fn(&str) -> bool| -> Vec<&[String]> {
        let split = pointers.iter().filter_map(|pointer| pointer.split_first());
        let fitting = split.filter(|(first, _)| fits(first));
        fitting.map(|(_, rest)| rest).collect()
    };
    match value.as_bytes().first() {
        _ if pointers.is_empty() => kept.push_str(value),
        Some(b'{') => {
            let Members(members) = decode_borrowed(value.as_bytes())?;
            kept.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                comma(index, kept);
                kept.push_str(name.get());
                kept.push(':');
                let Text(name) = decode_borrowed(name.get().as_bytes())?;
                write(member.get(), &below(&|first| first == name), kept)?;
            }
            kept.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = decode_borrowed(value.as_bytes())?;
            kept.push('[');
            for (index, item) in items.iter().enumerate() {
                comma(index, kept);
                let place = index.to_string();
                let fits = |first: &str| first == "*" || first == place;
                write(item.get(), &below(&fits), kept)?;
            }
            kept.push(']');
        }
        _ => kept.push_str(value),
    }
    Ok(())
}

fn comma(index: usize, kept: &mut String) {
    if index > 0 {
        kept.push(',');
    }
}

/// A text, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object in their order, as they are written.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
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
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CredentialPointer, ProviderId};

    fn info() -> ProviderInfo {
        let mut info = ProviderInfo::new(ProviderId::new("p"), "P", "1", 1);
        info.credential_pointers = &[
            CredentialPointer {
                part: "session",
                pointer: "/token",
            },
            CredentialPointer {
                part: "session",
                pointer: "/files/*/url",
            },
            CredentialPointer {
                part: "session",
                pointer: "/files/0/key",
            },
            CredentialPointer {
                part: "session",
                pointer: "/a~1b",
            },
        ];
        info
    }

    fn kept(body: &str) -> String {
        let kept = info()
            .without_credentials("session", body.as_bytes())
            .into_owned();
        String::from_utf8(kept).unwrap()
    }

    #[test]
    fn credentials_are_blanked_wherever_the_provider_says_and_nothing_else_is_touched() {
        for (body, expected) in [
            (
                r#"{"token":"t","files":[{"url":"u","id":1,"key":2},{"url":null,"key":3}],"keep":"k"}"#,
                r#"{"token":"[blanked]","files":[{"url":"[blanked]","id":1,"key":"[blanked]"},{"url":null,"key":3}],"keep":"k"}"#,
            ),
            // The order, numbers as they are written, and what is there twice.
            (
                r#" { "z" : 1.50 , "token":{"x":"t"}, "a":1e400, "z":2, "token":["t"] } "#,
                r#"{"z":1.50,"token":"[blanked]","a":1e400,"z":2,"token":"[blanked]"}"#,
            ),
            // A name that is written in another way.
            (
                r#"{"\u0074oken":"t","a/b":true}"#,
                r#"{"\u0074oken":"[blanked]","a/b":"[blanked]"}"#,
            ),
            (
                r#"{"token":"","files":{"url":"u"}}"#,
                r#"{"token":"","files":{"url":"u"}}"#,
            ),
            (r#"["token"]"#, r#"["token"]"#),
            ("null", "null"),
        ] {
            assert_eq!(kept(body), expected);
            assert_eq!(kept(expected), expected, "twice is once");
        }
    }

    #[test]
    fn a_part_without_credentials_is_kept_and_one_that_is_no_json_is_not() {
        let info = info();
        for body in [r#"{"token": "t"}"#, "token=t", ""] {
            let bytes = body.as_bytes();
            assert_eq!(*info.without_credentials("report", bytes), *bytes);
        }
        for body in ["token=t", "", r#"{"token":"t""#, r#"{"token":"t"}x"#] {
            assert_eq!(kept(body), "", "{body}");
        }
    }
}
