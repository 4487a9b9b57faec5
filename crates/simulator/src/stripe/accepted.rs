//! Which parameters an endpoint takes, and the check of what was sent against it.

use super::params::{Field, Params, path};
use super::refusal::Refusal;

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A text of so many characters at most.
    Text(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// A time in Unix seconds, or the word `now`.
    TimeOrNow,
    /// A time in Unix seconds, or bounds of it: `gt`, `gte`, `lt`, `lte`.
    Times,
    /// An address on the web.
    Url,
    /// An e-mail address.
    Email,
    /// A list of texts.
    List,
    /// A list of these words.
    Words(&'static [&'static str]),
    /// Keys with values, each unset by the empty text.
    Entries,
    /// A file.
    File,
    /// Members of its own, which are declared by themselves.
    Members,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param {
    name: &'static str,
    kind: Kind,
    may_be_unset: bool,
    is_required: bool,
}

impl Param {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            may_be_unset: false,
            is_required: false,
        }
    }

    /// The empty text unsets it.
    pub(super) const fn or_unset(mut self) -> Self {
        self.may_be_unset = true;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }
}

/// A text as long as the vendor takes one.
pub(super) const TEXT: Kind = Kind::Text(5_000);
/// What can be written in full.
pub(super) const EXPAND: Param = Param::new("expand", Kind::List);
pub(super) const METADATA: Param = Param::new("metadata", Kind::Entries).or_unset();
/// The parameters of every list.
pub(super) const PAGE: [Param; 4] = [
    EXPAND,
    Param::new("ending_before", TEXT),
    Param::new("limit", Kind::Whole(1, 100)),
    Param::new("starting_after", TEXT),
];

/// How many entries of metadata an object may have, and how long their keys and values may be.
pub(super) const MAX_ENTRIES: usize = 50;
const MAX_KEY_CHARS: usize = 40;
const MAX_VALUE_CHARS: usize = 500;

/// Whether a request with these fields is of this form: the first fault, if it is not.
pub(super) fn check(params: &Params, groups: &[&[Param]]) -> Result<(), Refusal> {
    let accepted = || groups.iter().flat_map(|group| group.iter());
    for field in &params.fields {
        // The longest declared name that the field begins with: a member rather than what it is a member of.
        let found = accepted()
            .filter(|param| field.path.starts_with(&path(param.name)))
            .max_by_key(|param| param.name.len());
        let Some(param) = found else {
            let name = field.path.first().cloned().unwrap_or_default();
            return Err(unknown(&name));
        };
        let depth = path(param.name).len();
        check_field(field, param, field.path.get(depth..).unwrap_or_default())?;
    }
    for param in accepted().filter(|param| param.is_required) {
        if !params.has(param.name) {
            return Err(missing(param.name));
        }
    }
    Ok(())
}

pub(super) fn missing(name: &str) -> Refusal {
    let message = format!("Missing required param: {name}.");
    Refusal::of_param(name, "parameter_missing", message)
}

fn unknown(name: &str) -> Refusal {
    let message = format!("Received unknown parameter: {name}");
    Refusal::of_param(name, "parameter_unknown", message)
}

fn check_field(field: &Field, param: &Param, below: &[String]) -> Result<(), Refusal> {
    let (name, value) = (field.name(), field.value.as_str());
    if below.is_empty() && value.is_empty() {
        if param.may_be_unset {
            return Ok(());
        }
        let message = format!(
            "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; \
             however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
        );
        return Err(Refusal::of_param(name, "parameter_invalid_empty", message));
    }
    match (param.kind, below) {
        (Kind::List | Kind::Words(_), [index]) if index.bytes().all(|b| b.is_ascii_digit()) => {
            match param.kind {
                Kind::Words(words) => check_word(name, value, words),
                _ => Ok(()),
            }
        }
        (Kind::List | Kind::Words(_), _) => Err(Refusal::of_param(name, None, "Invalid array")),
        (Kind::Entries, [key]) => check_entry(name, key, value),
        (Kind::Times, [bound]) if matches!(bound.as_str(), "gt" | "gte" | "lt" | "lte") => {
            check_whole(name, value, 0, i64::MAX)
        }
        (Kind::Members, [_, ..]) => Err(unknown(&name)),
        (Kind::Entries | Kind::Members, _) => Err(Refusal::of_param(name, None, "Invalid object")),
        (_, [_, ..]) => Err(Refusal::of_param(
            param.name,
            None,
            format!("Invalid string: {{:{}=>\"…\"}}", below.join(".")),
        )),
        (kind, []) => check_value(name, value, kind),
    }
}

fn check_value(name: String, value: &str, kind: Kind) -> Result<(), Refusal> {
    match kind {
        Kind::Text(most) => check_length(name, value, most),
        Kind::Word(words) => check_word(name, value, words),
        Kind::Flag if matches!(value, "true" | "false") => Ok(()),
        Kind::Flag => {
            let message = format!("Invalid boolean: {value}");
            Err(Refusal::of_param(name, None, message))
        }
        Kind::Whole(least, most) => check_whole(name, value, least, most),
        Kind::TimeOrNow if value == "now" => Ok(()),
        Kind::TimeOrNow | Kind::Times => check_whole(name, value, 0, i64::MAX),
        Kind::Url => {
            let url = url::Url::parse(value).ok();
            if url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
                return Ok(());
            }
            Err(Refusal::of_param(name, "url_invalid", "Not a valid URL"))
        }
        Kind::Email => {
            let parts = value.split_once('@');
            let is_address = parts.is_some_and(|(who, host)| {
                !who.is_empty() && host.contains('.') && !value.contains(char::is_whitespace)
            });
            if is_address && !value.ends_with('.') {
                return check_length(name, value, 800);
            }
            let message = format!("Invalid email address: {value}");
            Err(Refusal::of_param(name, "email_invalid", message))
        }
        Kind::List | Kind::Words(_) | Kind::Entries | Kind::Members | Kind::File => Ok(()),
    }
}

fn check_word(name: String, value: &str, words: &[&str]) -> Result<(), Refusal> {
    if words.contains(&value) {
        return Ok(());
    }
    let (last, others) = words.split_last().unwrap_or((&"", &[]));
    let choice = match others {
        [] => (*last).to_owned(),
        others => format!("one of {}, or {last}", others.join(", ")),
    };
    let message = format!("Invalid {name}: must be {choice}");
    Err(Refusal::of_param(name, None, message))
}

fn check_whole(name: String, value: &str, least: i64, most: i64) -> Result<(), Refusal> {
    let code = "parameter_invalid_integer";
    let message = match value.parse::<i64>() {
        Err(_) => format!("Invalid integer: {value}"),
        Ok(number) if number < least => {
            format!("This value must be greater than or equal to {least}.")
        }
        Ok(number) if number > most => format!("This value must be less than or equal to {most}."),
        Ok(_) => return Ok(()),
    };
    Err(Refusal::of_param(name, code, message))
}

fn check_length(name: String, value: &str, most: usize) -> Result<(), Refusal> {
    if value.chars().count() <= most {
        return Ok(());
    }
    let message = format!("Invalid string: must be at most {most} characters");
    Err(Refusal::of_param(name, None, message))
}

fn check_entry(name: String, key: &str, value: &str) -> Result<(), Refusal> {
    let message = if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
        format!("Metadata keys can have up to {MAX_KEY_CHARS} characters, and at least one.")
    } else if value.chars().count() > MAX_VALUE_CHARS {
        format!("Metadata values can have up to {MAX_VALUE_CHARS} characters.")
    } else {
        return Ok(());
    };
    Err(Refusal::of_param(name, None, message))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use super::*;

    const TAKES: &[Param] = &[
        Param::new("type", Kind::Word(&["document", "id_number"])).required(),
        Param::new("options", Kind::Members),
        Param::new("options[document]", Kind::Members).or_unset(),
        Param::new(
            "options[document][allowed_types]",
            Kind::Words(&["passport"]),
        ),
        Param::new("options[document][live]", Kind::Flag),
        Param::new("created", Kind::Times),
        Param::new("url", Kind::Url),
        Param::new("email", Kind::Email),
        Param::new("name", Kind::Text(3)),
        Param::new("until", Kind::TimeOrNow),
        METADATA,
    ];

    fn refused(body: &str) -> Option<(String, Option<&'static str>)> {
        let request = Request::post("/")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        let refusal = check(&Params::of(&request), &[TAKES, &PAGE]).err()?;
        Some((refusal.param.unwrap(), refusal.code))
    }

    #[test]
    fn what_is_of_the_form_is_accepted() {
        let whole = "type=document&options[document][allowed_types][]=passport&options[document][live]=false&created[gte]=5\
                     &created=7&url=https://a.example/x&email=a%40b.example&name=abc&until=now&metadata[k]=v&metadata[0]=\
                     &limit=100&expand[0]=a&expand[]=b&starting_after=x";
        assert_eq!(refused(whole), None);
        assert_eq!(refused("type=id_number&options[document]=&metadata="), None);
    }

    #[test]
    fn each_fault_is_named_with_its_parameter() {
        for (body, param, code) in [
            ("", "type", Some("parameter_missing")),
            ("type=", "type", Some("parameter_invalid_empty")),
            ("type=selfie", "type", None),
            ("type=document&foo=1", "foo", Some("parameter_unknown")),
            ("foo[bar]=1", "foo", Some("parameter_unknown")),
            (
                "type=document&options[email][x]=true",
                "options[email][x]",
                Some("parameter_unknown"),
            ),
            (
                "options[document][live]=yes",
                "options[document][live]",
                None,
            ),
            (
                "options[document][allowed_types][]=visa",
                "options[document][allowed_types][]",
                None,
            ),
            (
                "options[document][allowed_types]=passport",
                "options[document][allowed_types]",
                None,
            ),
            ("type[a]=document", "type", None),
            ("options=x", "options", None),
            ("created=x", "created", Some("parameter_invalid_integer")),
            ("created[ge]=1", "created", None),
            ("url=nowhere", "url", Some("url_invalid")),
            ("email=nobody", "email", Some("email_invalid")),
            ("name=long", "name", None),
            ("until=later", "until", Some("parameter_invalid_integer")),
            ("limit=0", "limit", Some("parameter_invalid_integer")),
            ("limit=101", "limit", Some("parameter_invalid_integer")),
            ("metadata=x", "metadata", None),
            ("metadata[]=x", "metadata[]", None),
            ("expand=x", "expand", None),
        ] {
            assert_eq!(refused(body), Some((param.to_owned(), code)), "{body}");
        }
    }
}
