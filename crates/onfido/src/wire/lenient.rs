//! Readers that never fail on a value of another type than expected.
//!
//! The vendor's own specification calls members mandatory that are `null` on the wire, and the other way round. One
//! odd member must not hide the rest of an object, so every member is read by one of these: what is not as expected
//! is kept as "odd". It is shown only where personal data cannot stand.
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

/// Implements `Deserialize` through a visitor that stands beside it.
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

    /// `null` means the same as being absent.
    pub(crate) const fn is_given(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// The text, or what stands there instead. Nothing for `null`.
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

/// A number.
#[derive(Clone, Copy, Default)]
pub(crate) struct Number(pub(crate) Option<f64>);

impl Lenient for Number {
    fn null() -> Self {
        Self(None)
    }
    fn odd(found: String) -> Self {
        // Whole numbers, and numbers that the vendor writes as texts.
        Self(found.parse().ok().filter(|number: &f64| number.is_finite()))
    }
}

impl<'de> Deserialize<'de> for Number {
    read_by!(NumberReader);
}

struct NumberReader;

impl<'de> Visitor<'de> for NumberReader {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }
    otherwise!(null, boolean, number, text, list, object);
}

/// A time, RFC 3339. The vendor also writes a space where the `T` should be.
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
    fn visit_str<E>(self, text: &str) -> Result<Moment, E> {
        Ok(Moment(text.parse().ok()))
    }
    otherwise!(null, boolean, number, list, object);
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

/// Whether a member is there, whatever it is. `null` means that it is not.
#[derive(Clone, Copy, Default)]
pub(crate) struct Given(pub(crate) bool);

impl Lenient for Given {
    fn null() -> Self {
        Self(false)
    }
    fn odd(_: String) -> Self {
        Self(true)
    }
}

impl<'de> Deserialize<'de> for Given {
    read_by!(GivenReader);
}

struct GivenReader;

impl<'de> Visitor<'de> for GivenReader {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_str<E>(self, _: &str) -> Result<Given, E> {
        Ok(Given(true))
    }
    otherwise!(null, boolean, number, list, object);
}

/// A list; anything else is an empty one. Its elements are readers of their own.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Lenient for List<T> {
    fn null() -> Self {
        Self::default()
    }
    fn odd(_: String) -> Self {
        Self::default()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    read_by!(ListReader(PhantomData));
}

struct ListReader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListReader<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(List(elements))
    }
    otherwise!(null, boolean, number, text, object);
}

/// A JSON object. (A derived reader alone would also take a list, member by member.)
#[derive(Default)]
pub(crate) enum Object<T> {
    #[default]
    Absent,
    Null,
    Is(T),
    /// Another JSON type.
    Odd,
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
    fn odd(_: String) -> Self {
        Self::Odd
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

/// The members of an object whose names are data, in the vendor's order. Anything else has no members.
pub(crate) struct Members<'a, T>(pub(crate) Vec<(Cow<'a, str>, T)>);

impl<T> Default for Members<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Lenient for Members<'_, T> {
    fn null() -> Self {
        Self::default()
    }
    fn odd(_: String) -> Self {
        Self::default()
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Members<'a, T> {
    read_by!(MembersReader(PhantomData));
}

struct MembersReader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MembersReader<T> {
    type Value = Members<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<Text<'de>, T>()? {
            if let Text::Is(name) = name {
                members.push((name, value));
            }
        }
        Ok(Members(members))
    }
    otherwise!(null, boolean, number, text, list);
}
