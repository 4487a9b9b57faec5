//! Readers that never fail on a value of another type than expected.
//!
//! The vendor adds values and turns texts into objects without a new version. One odd member must not hide the
//! rest of an object, so every member is read by one of these: what is not as expected is kept as "odd". It is
//! shown only where personal data cannot stand.
//!
//! What still fails: bytes that are no JSON, and an object that has a member twice which is read here.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use idv_core::Timestamp;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a reader makes of a `null`, and of a value of another type.
trait Lenient: Sized {
    fn null() -> Self;
    /// `found`: what was found instead; of a list or an object, only that it was one.
    fn odd(found: String) -> Self;
}

/// Visitor methods for the JSON types a reader does not want.
macro_rules! otherwise {
    ($($shape:ident),+) => { $( otherwise!(@ $shape); )+ };
    (@ null) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Lenient::null())
        }
    };
    (@ boolean) => {
        fn visit_bool<E>(self, found: bool) -> Result<Self::Value, E> {
            Ok(Lenient::odd(found.to_string()))
        }
    };
    (@ number) => {
        fn visit_i64<E>(self, found: i64) -> Result<Self::Value, E> {
            Ok(Lenient::odd(found.to_string()))
        }
        fn visit_u64<E>(self, found: u64) -> Result<Self::Value, E> {
            Ok(Lenient::odd(found.to_string()))
        }
        otherwise!(@ fraction);
    };
    (@ fraction) => {
        fn visit_f64<E>(self, found: f64) -> Result<Self::Value, E> {
            Ok(Lenient::odd(found.to_string()))
        }
    };
    (@ text) => {
        fn visit_str<E>(self, found: &str) -> Result<Self::Value, E> {
            Ok(Lenient::odd(found.to_owned()))
        }
    };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Lenient::odd("(list)".to_owned()))
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Lenient::odd("(object)".to_owned()))
        }
    };
}

/// Implements `Deserialize` through a visitor named `Reader` that stands beside it.
macro_rules! read_by {
    ($reader:expr) => {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any($reader)
        }
    };
}

/// A text.
#[derive(Clone, Default)]
pub(crate) enum Text<'a> {
    #[default]
    Absent,
    Null,
    Is(Cow<'a, str>),
    /// Another JSON type.
    Odd(String),
}

impl Text<'_> {
    pub(crate) fn get(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) const fn is_given(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// The text, or what stands there instead. Nothing for `null`, which means the same as being absent.
    pub(crate) fn raw(&self) -> &str {
        match self {
            Self::Absent | Self::Null => "",
            Self::Is(text) => text,
            Self::Odd(found) => found,
        }
    }
}

impl Lenient for Text<'_> {
    fn null() -> Self {
        Self::Null
    }
    fn odd(found: String) -> Self {
        Self::Odd(found)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    read_by!(TextReader);
}

struct TextReader;

impl<'de> Visitor<'de> for TextReader {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Is(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::Is(Cow::Owned(text.to_owned())))
    }
    otherwise!(null, boolean, number, list, object);
}

/// A list of texts; anything else in it is left out.
#[derive(Default)]
pub(crate) struct Texts<'a>(pub(crate) Vec<Cow<'a, str>>);

impl Lenient for Texts<'_> {
    fn null() -> Self {
        Self::default()
    }
    fn odd(_: String) -> Self {
        Self::default()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    read_by!(TextsReader);
}

struct TextsReader;

impl<'de> Visitor<'de> for TextsReader {
    type Value = Texts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts<'de>, A::Error> {
        let mut texts = Vec::new();
        while let Some(element) = list.next_element::<Text<'de>>()? {
            if let Text::Is(text) = element {
                texts.push(text);
            }
        }
        Ok(Texts(texts))
    }
    otherwise!(null, boolean, number, text, object);
}

/// A whole number.
#[derive(Clone, Copy, Default)]
pub(crate) struct Integer(pub(crate) Option<i64>);

impl Lenient for Integer {
    fn null() -> Self {
        Self(None)
    }
    fn odd(_: String) -> Self {
        Self(None)
    }
}

impl<'de> Deserialize<'de> for Integer {
    read_by!(IntegerReader);
}

struct IntegerReader;

impl<'de> Visitor<'de> for IntegerReader {
    type Value = Integer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }
    fn visit_i64<E>(self, number: i64) -> Result<Integer, E> {
        Ok(Integer(Some(number)))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Integer, E> {
        Ok(Integer(i64::try_from(number).ok()))
    }
    otherwise!(null, boolean, fraction, text, list, object);
}

/// A time: seconds since 1970 in snapshot objects, RFC 3339 in thin events.
#[derive(Clone, Copy, Default)]
pub(crate) struct Moment(pub(crate) Option<Timestamp>);

impl Lenient for Moment {
    fn null() -> Self {
        Self(None)
    }
    fn odd(_: String) -> Self {
        Self(None)
    }
}

impl<'de> Deserialize<'de> for Moment {
    read_by!(MomentReader);
}

struct MomentReader;

impl<'de> Visitor<'de> for MomentReader {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }
    fn visit_i64<E>(self, secs: i64) -> Result<Moment, E> {
        Ok(Moment(Some(Timestamp::from_unix_secs(secs))))
    }
    fn visit_u64<E>(self, secs: u64) -> Result<Moment, E> {
        let secs = i64::try_from(secs).ok();
        Ok(Moment(secs.map(Timestamp::from_unix_secs)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Moment, E> {
        Ok(Moment(text.parse().ok()))
    }
    otherwise!(null, boolean, fraction, list, object);
}

/// True or false.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Lenient for Flag {
    fn null() -> Self {
        Self(None)
    }
    fn odd(_: String) -> Self {
        Self(None)
    }
}

impl<'de> Deserialize<'de> for Flag {
    read_by!(FlagReader);
}

struct FlagReader;

impl<'de> Visitor<'de> for FlagReader {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(Some(flag)))
    }
    otherwise!(null, number, text, list, object);
}

/// A JSON object. (A derived reader alone would also take a list, member by member.)
#[derive(Default)]
pub(crate) enum Object<T> {
    #[default]
    Absent,
    Null,
    Is(T),
    /// Another JSON type.
    Odd(String),
}

impl<T> Object<T> {
    pub(crate) const fn get(&self) -> Option<&T> {
        match self {
            Self::Is(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        match self {
            Self::Is(object) => Some(object),
            _ => None,
        }
    }
}

impl<T> Lenient for Object<T> {
    fn null() -> Self {
        Self::Null
    }
    fn odd(found: String) -> Self {
        Self::Odd(found)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    read_by!(ObjectReader(PhantomData));
}

struct ObjectReader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectReader<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object::Is)
    }
    otherwise!(null, boolean, number, text, list);
}

/// An object that the vendor writes as its id, or in full where asked to.
#[derive(Default)]
pub(crate) enum Expandable<'a, T> {
    #[default]
    Nothing,
    Id(Cow<'a, str>),
    Full(Box<T>),
    /// Another JSON type.
    Odd(String),
}

impl<T> Lenient for Expandable<'_, T> {
    fn null() -> Self {
        Self::Nothing
    }
    fn odd(found: String) -> Self {
        Self::Odd(found)
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Expandable<'a, T> {
    read_by!(ExpandableReader(PhantomData));
}

struct ExpandableReader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ExpandableReader<T> {
    type Value = Expandable<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id or an object")
    }
    fn visit_borrowed_str<E>(self, id: &'de str) -> Result<Self::Value, E> {
        Ok(Expandable::Id(Cow::Borrowed(id)))
    }
    fn visit_str<E>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Expandable::Id(Cow::Owned(id.to_owned())))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let object = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Expandable::Full(Box::new(object)))
    }
    otherwise!(null, boolean, number, list);
}
