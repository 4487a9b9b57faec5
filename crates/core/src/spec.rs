//! What a provider knows of its vendor's published description of the API, so that the two can be compared.
//!
//! A provider says where in the description (an OpenAPI file) the things stand that it reads, and what it knows of each.
//! Whoever has a newer file can then see what has come and gone, before a webhook shows it.

use std::borrow::Cow;

/// What a provider knows of its vendor's description.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VendorSpec {
    /// Lists of values.
    pub values: Vec<SpecValues>,
    /// Objects of which members are read.
    pub objects: Vec<SpecObject>,
    /// Differences that are meant, with the reason.
    pub accepted: Vec<AcceptedDifference>,
}

/// A list of values, and those of it that are known here.
#[derive(Clone, Debug)]
pub struct SpecValues {
    /// Where the description lists them: JSON pointer (RFC 6901) to a schema with `enum`, from the top of the file.
    /// References, and the branches of `allOf`, `anyOf` and `oneOf`, are looked through at every segment; `items` is
    /// looked into by itself. A schema without `enum` may list its values under a name that begins with `x-` and ends
    /// with `Values`.
    pub place: Cow<'static, str>,
    /// What they are.
    pub what: SpecWhat,
    /// Those that are known here, from the very table that maps them.
    pub known: Vec<Cow<'static, str>>,
    /// Of a list that is also about other products of the vendor: only values that begin like this are compared.
    pub family: &'static str,
}

impl SpecValues {
    /// Values of a member, from the very table that maps them.
    pub fn new<W: Into<Cow<'static, str>>>(
        place: impl Into<Cow<'static, str>>,
        known: impl IntoIterator<Item = W>,
    ) -> Self {
        Self {
            place: place.into(),
            what: SpecWhat::Value,
            known: known.into_iter().map(Into::into).collect(),
            family: "",
        }
    }
}

impl SpecObject {
    /// An object, and the members of it that are read.
    pub fn new<W: Into<Cow<'static, str>>>(
        place: impl Into<Cow<'static, str>>,
        read: impl IntoIterator<Item = W>,
    ) -> Self {
        Self {
            place: place.into(),
            also: Vec::new(),
            read: read.into_iter().map(Into::into).collect(),
        }
    }
}

/// What a list of values lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecWhat {
    /// Values of a member.
    Value,
    /// Types of webhooks.
    Event,
    /// Codes of errors.
    ErrorCode,
}

impl SpecWhat {
    /// The word for people.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Event => "event",
            Self::ErrorCode => "error code",
        }
    }
}

/// An object, and the members of it that are read here.
#[derive(Clone, Debug)]
pub struct SpecObject {
    /// Where the description has it: as [`SpecValues::place`], to a schema with `properties`.
    pub place: Cow<'static, str>,
    /// Further places, where one type reads several objects: what is read must be in one of them, and what is in any of
    /// them is compared.
    pub also: Vec<Cow<'static, str>>,
    /// The members that are read, from the very type that reads them: see [`members_of`].
    pub read: Vec<Cow<'static, str>>,
}

/// A difference that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedDifference {
    /// The list of values or the object it is about: as its `place`.
    pub place: &'static str,
    /// The value or the member; `*` for every one of this place.
    pub name: &'static str,
    /// Why it is meant, in one sentence.
    pub reason: &'static str,
}

/// Writes down differences that are meant: a place, one name or more, and the reason.
///
/// ```
/// use idv_core::spec::AcceptedDifference;
/// static ACCEPTED: &[AcceptedDifference] = idv_core::accepted_differences! {
///     "/components/schemas/session": "url" "token" => "nothing in an answer is ever followed";
/// };
/// assert_eq!(ACCEPTED[1].name, "token");
/// ```
#[macro_export]
macro_rules! accepted_differences {
    ($( $place:literal: $($name:literal)+ => $reason:literal; )+) => { &[ $( $(
        $crate::spec::AcceptedDifference {
            place: $place,
            name: $name,
            reason: $reason,
        },
    )+ )+ ] };
}

/// The members a type reads from a JSON object: what `#[derive(Deserialize)]` on a struct was told, renamed as there. Of a
/// type that is no such struct, or has a flattened member, none.
#[must_use]
pub fn members_of<'de, T: serde::Deserialize<'de>>() -> &'static [&'static str] {
    let mut members: &'static [&'static str] = &[];
    let _ = T::deserialize(Ask(&mut members));
    members
}

/// Lets a type say which members it wants, and gives it nothing.
struct Ask<'a>(&'a mut &'static [&'static str]);

impl<'de> serde::Deserializer<'de> for Ask<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("it is no struct"))
    }

    fn deserialize_struct<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = members;
        Err(serde::de::Error::custom("that is all"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape is looked at")]
    struct Session {
        id: String,
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(skip)]
        ours: u8,
    }

    #[test]
    fn a_type_says_which_members_it_reads() {
        assert_eq!(members_of::<Session>(), ["id", "type"]);
        assert_eq!(members_of::<String>(), [""; 0]);
    }
}
