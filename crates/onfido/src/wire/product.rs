//! What a task of a workflow run has produced, and what a report says.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::{List, Members, Moment, Number, Object, Text};

/// What a task has produced.
#[derive(Default)]
pub(crate) enum Output<'a> {
    #[default]
    Nothing,
    Product(Box<Product<'a>>),
    Files(Vec<Media<'a>>),
    /// Another JSON type.
    Odd,
}

/// A report that stands alone, the report a task has produced, or the profile of a person that a task has collected:
/// the members of all, since no name means two things.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Product<'a> {
    // a report
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    /// In the place of `id` where a task has produced the report.
    pub(crate) uuid: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) check_id: Text<'a>,
    pub(crate) created_at: Moment,
    pub(crate) status: Text<'a>,
    pub(crate) result: Text<'a>,
    pub(crate) sub_result: Text<'a>,
    pub(crate) properties: Object<Box<Properties<'a>>>,
    pub(crate) breakdown: Members<'a, Object<Group<'a>>>,
    // a profile
    pub(crate) first_name: Text<'a>,
    pub(crate) last_name: Text<'a>,
    pub(crate) dob: Text<'a>,
    pub(crate) email: Text<'a>,
    pub(crate) phone_number: Text<'a>,
    pub(crate) nationality: Text<'a>,
    pub(crate) country_residence: Text<'a>,
    pub(crate) address: Object<Address<'a>>,
}

/// One group of a breakdown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Group<'a> {
    #[serde(borrow)]
    pub(crate) result: Text<'a>,
    pub(crate) breakdown: Members<'a, Object<Leaf<'a>>>,
}

/// One line of a group.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Leaf<'a> {
    #[serde(borrow)]
    pub(crate) result: Text<'a>,
    /// Why, or a score; among other things, so only the names we know are looked at.
    pub(crate) properties: Members<'a, Text<'a>>,
}

/// What a report has read off a document, or measured.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Properties<'a> {
    #[serde(borrow)]
    pub(crate) first_name: Text<'a>,
    pub(crate) middle_name: Text<'a>,
    pub(crate) last_name: Text<'a>,
    pub(crate) date_of_birth: Text<'a>,
    pub(crate) gender: Text<'a>,
    pub(crate) nationality: Text<'a>,
    pub(crate) place_of_birth: Text<'a>,
    pub(crate) personal_number: Text<'a>,
    pub(crate) document_type: Text<'a>,
    pub(crate) document_numbers: List<Object<DocumentNumber<'a>>>,
    pub(crate) issuing_country: Text<'a>,
    pub(crate) issuing_state: Text<'a>,
    pub(crate) issuing_date: Text<'a>,
    pub(crate) date_of_expiry: Text<'a>,
    pub(crate) address: Text<'a>,
    pub(crate) address_lines: Object<AddressLines<'a>>,
    // proof of address
    pub(crate) first_names: Text<'a>,
    pub(crate) last_names: Text<'a>,
    pub(crate) issue_date: Text<'a>,
    // faces
    pub(crate) score: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct DocumentNumber<'a> {
    #[serde(borrow)]
    pub(crate) value: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) number_type: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AddressLines<'a> {
    #[serde(borrow)]
    pub(crate) street_address: Text<'a>,
    pub(crate) city: Text<'a>,
    pub(crate) state: Text<'a>,
    pub(crate) postal_code: Text<'a>,
    pub(crate) country_code: Text<'a>,
}

/// An address as the subject has given it. What is empty comes as `""` or `null`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Address<'a> {
    #[serde(borrow)]
    pub(crate) line1: Text<'a>,
    pub(crate) line2: Text<'a>,
    pub(crate) line3: Text<'a>,
    pub(crate) town: Text<'a>,
    pub(crate) state: Text<'a>,
    pub(crate) postcode: Text<'a>,
    pub(crate) country: Text<'a>,
}

/// A file that a task has collected.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Media<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) media_type: Text<'a>,
    /// Base64.
    pub(crate) checksum_sha256: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Output<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OutputReader)
    }
}

struct OutputReader;

impl<'de> Visitor<'de> for OutputReader {
    type Value = Output<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what a task has produced")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let product = Product::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Output::Product(Box::new(product)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut files = Vec::new();
        while let Some(element) = list.next_element::<Object<Media<'de>>>()? {
            files.extend(element.into_inner());
        }
        Ok(Output::Files(files))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Output::Nothing)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Output::Odd)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Output::Odd)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Output::Odd)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Output::Odd)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Output::Odd)
    }
}
