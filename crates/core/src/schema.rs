//! `OpenAPI` schemas of the words, for whoever describes an API in them (feature `schema`).

use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat};
use utoipa::openapi::{RefOr, Type};

/// Implements the schema traits for a type of this crate.
macro_rules! schema {
    ($name:ident, $schema:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $schema
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    };
}

pub(crate) use schema;

/// Lines of a doc comment as one text.
fn joined(lines: &[&str]) -> String {
    lines.join("\n").trim().replace("\n ", "\n")
}

/// The first paragraph: what follows speaks to programmers of this crate.
fn summary(lines: &[&str]) -> String {
    let text = joined(lines);
    let first = text.split("\n\n").next().unwrap_or_default();
    // Links to items of this crate lead nowhere outside of it.
    first.replace("[`", "`").replace("`]", "`")
}

/// An enumeration that survives words nobody has listed yet: those begin with `prefix`.
pub(crate) fn open_words(lines: &[&str], words: &[(&str, &[&str])], prefix: &str) -> RefOr<Schema> {
    let mut description = summary(lines);
    description.push_str("\n\n");
    for (word, lines) in words {
        description.push_str(&format!(
            "* `{word}`: {}\n",
            summary(lines).replace('\n', " ")
        ));
    }
    description.push_str(&format!(
        "* `{prefix}…`: a word nobody has listed, as it was received"
    ));
    let listed = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().map(|(word, _)| *word)));
    let unlisted = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{prefix}")));
    AnyOfBuilder::new()
        .item(listed)
        .item(unlisted)
        .description(Some(description))
        .into()
}

/// One of our own identifiers.
pub(crate) fn own_id(lines: &[&str], prefix: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(summary(lines)))
        .pattern(Some(format!("^{prefix}[0-7][0-9a-hjkmnp-tv-z]{{25}}$")))
        .examples([format!("{prefix}01kqv0m5ane8gs7xw2c4b9d3ft")])
        .into()
}

/// A text somebody else chose.
pub(crate) fn text(lines: &[&str]) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(summary(lines)))
        .into()
}

/// A point in time.
pub(crate) fn date_time() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("A point in time: RFC 3339, always UTC."))
        .examples(["2026-11-20T18:43:00Z"])
        .into()
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema as _;

    use crate::{RequestId, Status, Timestamp};

    #[test]
    fn a_schema_lists_every_word_and_leaves_room_for_unlisted_ones() {
        let schema = serde_json::to_value(Status::schema()).unwrap();
        let words = schema["anyOf"][0]["enum"].as_array().unwrap();
        assert_eq!(words.len(), Status::KNOWN.len());
        assert_eq!(words[4], "in_review");
        assert_eq!(schema["anyOf"][1]["pattern"], "^unknown:");
        let description = schema["description"].as_str().unwrap();
        assert!(
            description.contains("* `in_review`: A person's decision is pending"),
            "{description}"
        );
    }

    #[test]
    fn an_id_of_ours_fits_its_pattern() {
        let schema = serde_json::to_value(RequestId::schema()).unwrap();
        let example = schema["examples"][0].as_str().unwrap();
        assert!(example.parse::<RequestId>().is_ok(), "{example}");
        let id = RequestId::new(Timestamp::from_unix_secs(1_795_200_000)).to_string();
        let letters = id.strip_prefix("idv_").unwrap();
        assert!(schema["pattern"].as_str().unwrap().contains("{25}$") && letters.len() == 26);
        assert!(!letters.contains(['i', 'l', 'o', 'u']));
    }
}
