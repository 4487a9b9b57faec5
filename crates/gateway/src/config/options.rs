//! A table for a provider to read as its own options type.
//!
//! Text from the environment becomes what the type asks for and nothing else: a number only where a number is
//! wanted. A value that does not fit is never quoted.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Problem;
use super::tree::{Node, Origin, Value};

/// Reads a table as `T`.
///
/// `path`: the dotted name of the table, for the problem.
///
/// # Errors
/// The first thing that does not fit, with its place.
pub(crate) fn read<T: DeserializeOwned>(path: &str, table: &Node) -> Result<T, Problem> {
    T::deserialize(table.clone()).map_err(|error| {
        let mut keys = vec![path.to_owned()];
        keys.extend(error.keys.iter().rev().cloned());
        Problem {
            place: error
                .origin
                .unwrap_or_else(|| table.origin.clone())
                .to_string(),
            key: keys.join("."),
            what: error.what,
            remedy: error.remedy,
        }
    })
}

/// What does not fit, with where it stands once a table has said so.
#[derive(Debug)]
pub(crate) struct Misfit {
    origin: Option<Origin>,
    /// From the inside out.
    keys: Vec<String>,
    what: String,
    remedy: String,
}

impl Misfit {
    fn of(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            origin: None,
            keys: Vec::new(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    fn within(mut self, key: &str, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self.keys.push(idv_core::label(key));
        self
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.remedy)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    /// A type's own complaint. It is written by us and speaks of the rule, not of the value.
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::of("cannot be used", message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::of("is of another type", format!("give {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::of(
            "has another value than expected",
            format!("give {expected}"),
        )
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let words: Vec<_> = expected.iter().map(|word| format!("\"{word}\"")).collect();
        Self::of(
            "is not a word known here",
            format!("write {}", words.join(" or ")),
        )
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        let remedy = format!("remove it; the keys here are {}", expected.join(", "));
        Self::of("is not a key known here", remedy)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of(format!("has no {field}"), format!("add {field}"))
    }
}

/// The entries of a table, one after the other. What does not fit is placed at its key, also if it is the type
/// itself that finds the fault after it was read.
struct Entries {
    left: std::collections::btree_map::IntoIter<String, Node>,
    current: Option<(String, Node)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((key, node)) = self.left.next() else {
            return Ok(None);
        };
        let read = seed
            .deserialize(key.as_str().into_deserializer())
            .map_err(|misfit: Misfit| misfit.within(&key, &node.origin))?;
        self.current = Some((key, node));
        Ok(Some(read))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some((key, node)) = self.current.take() else {
            return Err(Misfit::of("has a value without a key", "remove it"));
        };
        let origin = node.origin.clone();
        seed.deserialize(node)
            .map_err(|misfit| misfit.within(&key, &origin))
    }
}

/// The items of a list.
struct Items(std::iter::Enumerate<std::vec::IntoIter<Node>>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some((index, node)) = self.0.next() else {
            return Ok(None);
        };
        let origin = node.origin.clone();
        seed.deserialize(node)
            .map(Some)
            .map_err(|misfit| misfit.within(&index.to_string(), &origin))
    }
}

/// A number or a truth value, which text from the environment may stand for.
macro_rules! parsed_from_text {
    ($($method:ident $visit:ident $kind:ty;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            match &self.value {
                Value::Untyped(text) => match text.trim().parse::<$kind>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => Err(de::Error::invalid_type(de::Unexpected::Other("text"), &visitor)),
                },
                _ => self.deserialize_any(visitor),
            }
        }
    )* };
}

impl<'de> de::Deserializer<'de> for Node {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Table(entries) => visitor.visit_map(Entries {
                left: entries.into_iter(),
                current: None,
            }),
            Value::List(items) => visitor.visit_seq(Items(items.into_iter().enumerate())),
            Value::Text(text) | Value::Untyped(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::Unusable(what) => Err(de::Error::invalid_type(
                de::Unexpected::Other(what),
                &visitor,
            )),
        }
    }

    parsed_from_text! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i64 i64;
        deserialize_i16 visit_i64 i64;
        deserialize_i32 visit_i64 i64;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u64 u64;
        deserialize_u16 visit_u64 u64;
        deserialize_u32 visit_u64 u64;
        deserialize_u64 visit_u64 u64;
        deserialize_f32 visit_f64 f64;
        deserialize_f64 visit_f64 f64;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    /// A list; from the environment also one text, or numbered ones.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let value = match self.value {
            value @ Value::Untyped(_) => Value::List(vec![Self {
                origin: self.origin.clone(),
                value,
            }]),
            Value::Table(entries) if matches!(self.origin, Origin::Environment(_)) => {
                Value::List(entries.into_values().collect())
            }
            value => value,
        };
        let origin = self.origin;
        Self { origin, value }.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Text(text) | Value::Untyped(text) => {
                let text: StringDeserializer<Misfit> = text.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            _ => Err(de::Error::invalid_type(
                de::Unexpected::Other("no text"),
                &visitor,
            )),
        }
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}
