//! What a request asks for: form fields, in the body or in the query.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use url::form_urlencoded;

use crate::multipart::{Form, is_multipart};

/// One field: the path of its name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// `options[document][allowed_types][0]` is `["options", "document", "allowed_types", "0"]`.
    pub(super) path: Vec<String>,
    pub(super) value: String,
}

impl Field {
    /// The name as it was sent.
    pub(super) fn name(&self) -> String {
        let mut parts = self.path.iter();
        let mut name = parts.next().cloned().unwrap_or_default();
        for part in parts {
            name.push('[');
            name.push_str(part);
            name.push(']');
        }
        name
    }
}

/// A file that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upload {
    /// The name of its field.
    pub(super) name: String,
    pub(super) file_name: String,
    pub(super) content: Bytes,
}

/// The fields of a request, in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    pub(super) fields: Vec<Field>,
    pub(super) uploads: Vec<Upload>,
}

impl Params {
    /// From the body of a POST, from the query otherwise.
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        if request.method() == Method::POST {
            let kind = request.headers().get(CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            if is_multipart(kind) {
                // A form that cannot be read has nothing in it.
                Self::of_parts(kind, request.body()).unwrap_or_default()
            } else {
                Self::read(request.body())
            }
        } else {
            Self::read(request.uri().query().unwrap_or_default().as_bytes())
        }
    }

    fn read(form: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(form).filter(|(name, _)| !name.is_empty());
        let fields = pairs.map(|(name, value)| Field {
            path: path(&name),
            value: value.into_owned(),
        });
        Self {
            fields: fields.collect(),
            uploads: Vec::new(),
        }
    }

    fn of_parts(content_type: &str, body: &Bytes) -> Option<Self> {
        let mut params = Self::default();
        let mut files = Vec::new();
        for part in Form::read(content_type, body)?.into_parts() {
            let path = path(&part.name);
            if let Some(file_name) = part.file_name {
                // That there is a file is a field too; what is in it is not.
                let value = format!("{} bytes", part.content.len());
                files.push(Field { path, value });
                params.uploads.push(Upload {
                    name: part.name,
                    file_name,
                    content: body.slice_ref(part.content),
                });
            } else {
                let value = String::from_utf8_lossy(part.content).into_owned();
                params.fields.push(Field { path, value });
            }
        }
        params.fields.append(&mut files);
        Some(params)
    }

    /// The same whatever the order of the fields: what decides whether a call is a repetition.
    pub(super) fn fingerprint(&self) -> Vec<(String, String)> {
        let named = |field: &Field| (field.name(), field.value.clone());
        let mut pairs: Vec<_> = self.fields.iter().map(named).collect();
        pairs.sort();
        pairs
    }

    /// A single value; the last one if there are several.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let wanted = path(name);
        let mut fields = self.fields.iter().rev();
        let field = fields.find(|field| field.path == wanted)?;
        Some(field.value.as_str())
    }

    /// A single value that is not the empty text, by which a parameter is unset.
    pub(super) fn set(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }

    /// Whether anything was sent of it.
    pub(super) fn has(&self, name: &str) -> bool {
        let wanted = path(name);
        self.fields
            .iter()
            .any(|field| field.path.starts_with(&wanted))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.set(name).map(|value| value == "true")
    }

    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        self.set(name).and_then(|value| value.parse().ok())
    }

    /// What is below a name: the key of each and its value. A list has numbers for keys, or nothing.
    pub(super) fn below(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let wanted = path(name);
        self.fields.iter().filter_map(move |field| {
            let (key, place) = field.path.split_last()?;
            (place == wanted.as_slice()).then_some((key.as_str(), field.value.as_str()))
        })
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.below(name)
            .map(|(_, value)| value.to_owned())
            .collect()
    }
}

/// `a[b][]` is `a`, `b` and nothing. What has no matching brackets is one name.
pub(super) fn path(name: &str) -> Vec<String> {
    let Some((first, rest)) = name.split_once('[') else {
        return vec![name.to_owned()];
    };
    let Some(inner) = rest.strip_suffix(']') else {
        return vec![name.to_owned()];
    };
    let mut path = vec![first.to_owned()];
    path.extend(inner.split("][").map(str::to_owned));
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_brackets_are_read_whether_encoded_or_not() {
        let body = "a[b][0]=x&a%5Bb%5D%5B1%5D=y&a[b][]=z&m[k+1]=v+1&plain=&[=odd&flag=true&n=12";
        let params = Params::read(body.as_bytes());
        assert_eq!(params.list("a[b]"), ["x", "y", "z"]);
        assert_eq!(params.below("m").collect::<Vec<_>>(), [("k 1", "v 1")]);
        assert_eq!(
            (params.text("plain"), params.set("plain")),
            (Some(""), None)
        );
        assert_eq!(params.text("["), Some("odd"));
        assert_eq!(
            (params.flag("flag"), params.whole("n")),
            (Some(true), Some(12))
        );
        assert!(params.has("a") && params.has("a[b]") && !params.has("b"));
        assert_eq!(params.fields[0].name(), "a[b][0]");
    }

    #[test]
    fn the_order_of_the_fields_makes_no_other_request() {
        let read = |body: &str| Params::read(body.as_bytes()).fingerprint();
        assert_eq!(read("a=1&b=2"), read("b=2&a=1"));
        assert_ne!(read("a=1&b=2"), read("a=1&b=3"));
    }
}
