//! A vendor's description: an OpenAPI file, in JSON or YAML.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

/// The largest file that is read, in bytes. The largest description of a vendor has 8 MiB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How many references and branches one segment of a place may lead through. A cycle ends here at the latest.
const MAX_STEPS: usize = 1_000;

/// A description, as one JSON value.
pub(crate) struct Description {
    root: Value,
}

/// A file that is no description. None of its text is quoted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DescriptionError {
    #[error("{file} cannot be read: {source}")]
    Unreadable {
        file: String,
        source: std::io::Error,
    },
    #[error("{file} has more than 64 MiB: that is no description of one API")]
    TooLarge { file: String },
    #[error("{file} is neither JSON nor YAML: give the vendor's OpenAPI file as it is published")]
    NoDocument { file: String },
    #[error("{file} is no OpenAPI file: it has no member \"openapi\"")]
    NoDescription { file: String },
}

impl Description {
    /// Reads a file.
    ///
    /// # Errors
    /// [`DescriptionError`].
    pub(crate) fn read(path: &Path) -> Result<Self, DescriptionError> {
        let file = path.display().to_string();
        let unreadable = |source| DescriptionError::Unreadable {
            file: file.clone(),
            source,
        };
        // What is read counts, and not what a file says of itself: a pipe says nothing.
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|opened| opened.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(DescriptionError::TooLarge { file });
        }
        Self::parse(&bytes, &file)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`DescriptionError`].
    pub(crate) fn parse(bytes: &[u8], file: &str) -> Result<Self, DescriptionError> {
        let root: Option<Value> = idv_core::json::decode(bytes)
            .ok()
            .or_else(|| from_yaml(bytes));
        let Some(root) = root.filter(Value::is_object) else {
            return Err(DescriptionError::NoDocument {
                file: file.to_owned(),
            });
        };
        if root.get("openapi").is_none() {
            return Err(DescriptionError::NoDescription {
                file: file.to_owned(),
            });
        }
        Ok(Self { root })
    }

    /// The version the description gives itself.
    pub(crate) fn version(&self) -> Option<&str> {
        self.root.pointer("/info/version")?.as_str()
    }

    /// Every schema a place stands for: it and whatever it refers to or is put together from. Empty if there is none.
    pub(crate) fn schemas_at(&self, place: &str) -> Vec<&Value> {
        let mut here = vec![&self.root];
        for segment in place.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let all = self.unfolded(here);
            here = all.iter().filter_map(|value| value.get(&segment)).collect();
            if here.is_empty() {
                return here;
            }
        }
        self.unfolded(here)
    }

    /// The same values with what they refer to, their branches and the items of lists, each once.
    fn unfolded<'a>(&'a self, mut waiting: Vec<&'a Value>) -> Vec<&'a Value> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        while let Some(value) = waiting.pop() {
            if all.len() >= MAX_STEPS || !seen.insert(std::ptr::from_ref(value)) {
                continue;
            }
            all.push(value);
            let referred = value.get("$ref").and_then(Value::as_str);
            waiting.extend(referred.and_then(|to| self.root.pointer(to.strip_prefix('#')?)));
            for branches in ["allOf", "anyOf", "oneOf"] {
                let branches = value.get(branches).and_then(Value::as_array);
                waiting.extend(branches.into_iter().flatten());
            }
            waiting.extend(value.get("items"));
        }
        all
    }
}

/// The values a schema lists: its `enum`, or where a description was shortened, what stands in for it. None if it lists
/// none.
pub(crate) fn listed<'a>(schemas: &[&'a Value]) -> Option<BTreeSet<&'a str>> {
    let lists = schemas.iter().filter_map(|schema| {
        let stand_in = |(name, list): (&'a String, &'a Value)| {
            (name.starts_with("x-") && name.ends_with("Values")).then_some(list)
        };
        let object = schema.as_object()?;
        object
            .get("enum")
            .or_else(|| object.iter().find_map(stand_in))?
            .as_array()
    });
    let mut values = None::<BTreeSet<&str>>;
    for list in lists {
        let words = list.iter().filter_map(Value::as_str);
        values.get_or_insert_default().extend(words);
    }
    values
}

/// The members of an object; none if it is no object.
pub(crate) fn members<'a>(schemas: &[&'a Value]) -> Option<BTreeSet<&'a str>> {
    let objects = schemas
        .iter()
        .filter_map(|schema| schema.get("properties")?.as_object());
    let mut members = None::<BTreeSet<&str>>;
    for object in objects {
        let names = object.keys().map(String::as_str);
        members.get_or_insert_default().extend(names);
    }
    members
}

/// YAML is read with the reader's usual limits on depth and on what aliases may grow to, and a larger one on length.
fn from_yaml(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000_000,
            max_nodes: 10_000_000,
            max_total_scalar_bytes: 64 * 1024 * 1024,
        },
    };
    serde_saphyr::from_str_with_options(text, options).ok()
}
