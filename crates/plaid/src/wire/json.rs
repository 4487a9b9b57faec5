//! A JSON document as it came, and readers of its members that never fail.
//!
//! The vendor adds members and values without a new version, and calls that compatible. One odd member must not hide
//! the rest of an object: what is not of the type expected is kept as "odd", with its JSON type and nothing of its
//! content, since the content may be personal data. A member that is null reads as one that is not there.
//!
//! What still fails: bytes that are no JSON, and an object that has the same member twice; of a webhook, one that has a
//! member twice which is read.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use idv_core::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Any JSON value. It does not print: it may hold a person.
#[derive(Clone)]
pub(crate) enum Json<'a> {
    Null,
    Flag(bool),
    Number(f64),
    Integer(i64),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Json<'a> {
    /// The member of this name; none if it is null, or if this is no object.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let (_, value) = self.members().iter().find(|(key, _)| key == name)?;
        (!matches!(value, Json::Null)).then_some(value)
    }

    /// The members in the order they came; none if this is no object.
    pub(crate) fn members(&self) -> &[(Cow<'a, str>, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The JSON type, in brackets, so that it is not taken for a value.
    const fn shape(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag(_) => "(boolean)",
            Self::Number(_) | Self::Integer(_) => "(number)",
            Self::Text(_) => "(text)",
            Self::List(_) => "(list)",
            Self::Object(_) => "(object)",
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Flag(flag))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Integer(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "beyond i64 no number of this vendor has a meaning"
        )]
        let rounded = number as f64;
        Ok(i64::try_from(number).map_or(Json::Number(rounded), Json::Integer))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Json::Number(number))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(name) = map.next_key::<Json<'de>>()? {
            let Json::Text(name) = name else {
                return Err(A::Error::custom("a name that is no text"));
            };
            members.push((name, map.next_value()?));
        }
        let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        if names.array_windows::<2>().any(|[a, b]| a == b) {
            // Two readers could see two different things.
            return Err(A::Error::custom("a member is there twice"));
        }
        Ok(Json::Object(members))
    }
}

/// An object of which only the members of `T` were read. The others were looked at as far as it takes to see that they
/// are JSON, and may be as many as they like: nothing is kept of them.
pub(crate) struct OnlyMembersOf<'a, T> {
    pub(crate) object: Json<'a>,
    of: PhantomData<T>,
}

impl<'de: 'a, 'a, T: Members<'static>> Deserialize<'de> for OnlyMembersOf<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = deserializer.deserialize_map(OnlyReader(T::NAMES))?;
        let of = PhantomData;
        Ok(Self { object, of })
    }
}

struct OnlyReader(&'static [&'static str]);

impl<'de> Visitor<'de> for OnlyReader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::with_capacity(self.0.len());
        while let Some(Json::Text(name)) = map.next_key()? {
            if !self.0.contains(&&*name) {
                map.next_value::<IgnoredAny>()?;
            } else if members.iter().any(|(earlier, _)| *earlier == name) {
                return Err(A::Error::custom("a member is there twice"));
            } else {
                members.push((name, map.next_value()?));
            }
        }
        Ok(Json::Object(members))
    }
}

/// Something that can be read from a member, whatever stands there.
pub(crate) trait Member<'t>: Sized {
    fn read(value: Option<&'t Json<'t>>) -> Self;
}

/// A text.
#[derive(Clone, Copy, Default)]
pub(crate) enum Text<'t> {
    #[default]
    Absent,
    Is(&'t str),
    /// Another JSON type: which.
    Odd(&'static str),
}

impl<'t> Text<'t> {
    pub(crate) const fn get(self) -> Option<&'t str> {
        match self {
            Self::Is(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) const fn is_given(self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// The text, or words for what stands there instead; for lists of unknown values.
    pub(crate) const fn raw(self) -> &'t str {
        match self {
            Self::Absent => "null",
            Self::Is(text) => text,
            Self::Odd(shape) => shape,
        }
    }

    /// A value that is there, as a text.
    pub(crate) fn of(value: &'t Json<'_>) -> Self {
        match value {
            Json::Text(text) => Self::Is(text),
            other => Self::Odd(other.shape()),
        }
    }

    /// A time as RFC 3339 writes it.
    pub(crate) fn time(self) -> Option<Timestamp> {
        self.get()?.parse().ok()
    }
}

impl<'t> Member<'t> for Text<'t> {
    fn read(value: Option<&'t Json<'t>>) -> Self {
        value.map_or(Self::Absent, Self::of)
    }
}

/// A whole number; none if there is another JSON type.
impl Member<'_> for Option<i64> {
    fn read(value: Option<&Json<'_>>) -> Self {
        match value {
            Some(Json::Integer(number)) => Some(*number),
            _ => None,
        }
    }
}

/// An object with known members; none if there is another JSON type.
impl<'t, T: Members<'t>> Member<'t> for Option<T> {
    fn read(value: Option<&'t Json<'t>>) -> Self {
        let object = value.filter(|value| matches!(value, Json::Object(_)))?;
        Some(T::of(object))
    }
}

/// Anything, unread.
impl<'t> Member<'t> for Option<&'t Json<'t>> {
    fn read(value: Option<&'t Json<'t>>) -> Self {
        value
    }
}

/// A list of objects, at their places: what is no object is none.
pub(crate) struct Objects<T>(pub(crate) Vec<Option<T>>);

impl<T> Objects<T> {
    /// The objects with their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let places = self.0.iter().enumerate();
        places.filter_map(|(index, object)| Some((index, object.as_ref()?)))
    }
}

impl<'t, T: Members<'t>> Member<'t> for Objects<T> {
    fn read(value: Option<&'t Json<'t>>) -> Self {
        match value {
            Some(Json::List(list)) => {
                Self(list.iter().map(|item| Option::read(Some(item))).collect())
            }
            _ => Self(Vec::new()),
        }
    }
}

/// A struct of members.
pub(crate) trait Members<'t> {
    /// The members, under the vendor's own names.
    const NAMES: &'static [&'static str];

    fn of(object: &'t Json<'t>) -> Self;
}

/// Declares the members of an object under the vendor's own names; `kind = "type"` where the name is a keyword.
macro_rules! members {
    (@name $member:ident) => { stringify!($member) };
    (@name $member:ident $name:literal) => { $name };
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$member_meta:meta])* $member:ident $(= $json_name:literal)?: $type:ty ),+ $(,)? } )+) => { $(
        $(#[$meta])*
        pub(crate) struct $name<'t> {
            $( $(#[$member_meta])* pub(crate) $member: $type, )+
        }

        impl<'t> $crate::wire::json::Members<'t> for $name<'t> {
            const NAMES: &'static [&'static str] = &[ $(
                $crate::wire::json::members!(@name $member $($json_name)?),
            )+ ];

            fn of(object: &'t $crate::wire::json::Json<'t>) -> Self {
                let member = |name| object.member(name);
                Self { $( $member: $crate::wire::json::Member::read(member(
                    $crate::wire::json::members!(@name $member $($json_name)?)
                )), )+ }
            }
        }
    )+ };
}

pub(crate) use members;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json<'_>, idv_core::Unreadable> {
        idv_core::json::decode_borrowed(text.as_bytes())
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_at_any_depth() {
        assert!(read(r#"{"a":{"b":1,"c":2}}"#).is_ok());
        assert!(read(r#"{"a":{"b":1,"b":1}}"#).is_err());
        assert!(read("{\"a\":1,\"\\u0061\":2}").is_err());
    }

    #[test]
    fn of_members_that_are_not_read_nothing_is_kept() {
        use super::super::Webhook;
        let read = |text: &'static str| {
            idv_core::json::decode_borrowed::<OnlyMembersOf<'_, Webhook<'static>>>(text.as_bytes())
                .map(|read| read.object)
        };
        let object = read(r#"{"more":[1,{"x":2}],"webhook_code":"A","environment":1}"#).unwrap();
        assert_eq!(object.members().len(), 2);
        let webhook = Webhook::of(&object);
        assert_eq!(webhook.webhook_code.get(), Some("A"));
        assert!(matches!(webhook.environment, Text::Odd("(number)")));
        assert!(matches!(webhook.webhook_type, Text::Absent));
        assert!(read(r#"{"webhook_code":"A","webhook_code":"A"}"#).is_err());
        assert!(read(r#"{"webhook_code":"A","more":}"#).is_err());
    }

    #[test]
    fn null_reads_as_absent_and_another_type_as_odd() {
        let json = read(r#"{"null":null,"number":1,"text":"x"}"#).unwrap();
        assert!(matches!(Text::read(json.member("null")), Text::Absent));
        assert!(matches!(Text::read(json.member("gone")), Text::Absent));
        assert!(matches!(
            Text::read(json.member("number")),
            Text::Odd("(number)")
        ));
        assert_eq!(Text::read(json.member("text")).get(), Some("x"));
        assert_eq!(Option::<i64>::read(json.member("number")), Some(1));
        assert_eq!(Option::<i64>::read(json.member("text")), None);
    }
}
