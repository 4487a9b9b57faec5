//! One value: what the table says about its place, and what stands there afterwards.

use std::collections::HashMap;

use serde_json::Value;

use crate::body::{Leaf, Visit};
use crate::class::{Class, PersonKind, SecretKind};
use crate::lookup::{Found, Lookup};
use crate::own_words::{is_number, is_small};
use crate::place::{Part, Place, Refusal, Step, Why};
use crate::replace::{Beside, DateParts, NumberKind, Replacements};
use crate::table::lists;

/// Replaces values one by one, and remembers where.
pub(crate) struct Classifier<'a> {
    pub(crate) lookup: &'a Lookup,
    pub(crate) part: Part,
    pub(crate) in_query: bool,
    pub(crate) replacements: &'a mut Replacements,
    /// The places whose values or names were replaced by something else, as JSON pointers, with the names that are
    /// written.
    pub(crate) replaced: Vec<String>,
    /// The new names of members, by the places where the old ones stood.
    pub(crate) renamed: HashMap<String, String>,
}

fn names(path: &[Step]) -> Vec<&str> {
    let names = path.iter().filter_map(|step| match step {
        Step::Member(name) => Some(name.as_str()),
        Step::Item(_) => None,
    });
    names.collect()
}

/// The place as a JSON pointer.
pub(crate) fn pointer(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Member(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        Step::Item(index) => format!("/{index}"),
    });
    steps.collect()
}

/// What stands beside a value under this name.
fn beside<'t>(path: &[Step], tree: &'t Value, name: &str) -> Option<&'t Value> {
    let (_, above) = path.split_last()?;
    let mut above = above;
    // In a list of values, what is beside the list.
    while let Some((Step::Item(_), rest)) = above.split_last() {
        if tree.pointer(&pointer(above)).is_some_and(Value::is_object) {
            break;
        }
        above = rest;
    }
    tree.pointer(&pointer(above))?.get(name)
}

/// A word that says nothing about a person: no sentence, no e-mail address.
fn is_word(text: &str) -> bool {
    text.len() <= 120
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:+/,[]*".contains(&byte))
}

impl Classifier<'_> {
    /// The place as a JSON pointer into what is written.
    fn written(&self, path: &[Step]) -> String {
        let mut written = Vec::with_capacity(path.len());
        for (index, step) in path.iter().enumerate() {
            let old = pointer(path.get(..=index).unwrap_or_default());
            written.push(match self.renamed.get(&old) {
                Some(new) => Step::Member(new.clone()),
                None => step.clone(),
            });
        }
        pointer(&written)
    }

    fn class(&self, path: &[Step]) -> Result<Class, Refusal> {
        match self.lookup.find(&names(path)) {
            Found::Class(class) => Ok(class),
            Found::Open(class) => Ok(class.map_or(Class::Reference, as_users_own)),
            Found::Nothing => Err(self.place(path).refused(Why::Unclassified)),
        }
    }

    fn text(
        &mut self,
        path: &[Step],
        tree: &Value,
        class: Class,
        text: &str,
    ) -> Result<String, Refusal> {
        // What the vendor writes for what it has erased.
        if text.is_empty() || text == "[redacted]" {
            return Ok(text.to_owned());
        }
        let replacements = &mut *self.replacements;
        Ok(match class {
            Class::Keep | Class::Number | Class::Time | Class::Code | Class::Version
                if self.lookup.may_stay(class, text) =>
            {
                text.to_owned()
            }
            Class::Keep | Class::Number | Class::Time | Class::Code | Class::Version => {
                return Err(self.place(path).refused(Why::NotAWord));
            }
            Class::Hint if lists(self.lookup.table.words, text) => text.to_owned(),
            Class::Known(words) if lists(words, text) => text.to_owned(),
            Class::Own if lists(self.lookup.table.words, text) => text.to_owned(),
            // A date, whatever it is the date of; anything else becomes a reference.
            Class::Own => replacements.date(text, false),
            Class::Hint if is_word(text) => replacements.neutral_word(text),
            Class::Hint => replacements.text(text),
            Class::Known(_) | Class::Signal | Class::Reference => replacements.reference(text),
            Class::Id => replacements.id(text),
            Class::Secret(SecretKind::Token) => replacements.secret(text),
            Class::Secret(SecretKind::Webhook) => replacements.token_or_webhook_secret(text),
            Class::Secret(SecretKind::Jwk(member)) => replacements.jwk_member(member, text),
            Class::Url => replacements.web_address(text, self.lookup.table),
            Class::Person(kind) => person(replacements, path, tree, kind, text),
        })
    }

    fn number(
        &mut self,
        path: &[Step],
        tree: &Value,
        class: Class,
        number: &str,
    ) -> Result<String, Refusal> {
        let replacements = &mut *self.replacements;
        Ok(match class {
            Class::Hint if is_small(number) => number.to_owned(),
            Class::Signal if is_number(number) => number.to_owned(),
            Class::Keep | Class::Number | Class::Time | Class::Code | Class::Version => {
                if !self.lookup.may_stay(class, number) {
                    return Err(self.place(path).refused(Why::NotAWord));
                }
                number.to_owned()
            }
            Class::Person(PersonKind::BirthPart) => {
                date_part(replacements, path, tree, number, false)
            }
            Class::Person(PersonKind::DayPart) => date_part(replacements, path, tree, number, true),
            _ => replacements.json_number(number),
        })
    }
}

/// What a class still means where a user may have chosen the name, or what stands under it.
const fn as_users_own(class: Class) -> Class {
    match class {
        Class::Keep | Class::Number | Class::Time | Class::Code | Class::Version => Class::Own,
        Class::Hint | Class::Known(_) | Class::Signal => Class::Own,
        Class::Id => Class::Reference,
        // Its codes stay elsewhere.
        Class::Person(PersonKind::Region) => Class::Person(PersonKind::City),
        other => other,
    }
}

fn date_part(
    replacements: &mut Replacements,
    path: &[Step],
    tree: &Value,
    value: &str,
    keeps_year: bool,
) -> String {
    let part = |name| {
        let value = beside(path, tree, name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let parts = DateParts {
        day: part("day"),
        month: part("month"),
        year: part("year"),
    };
    let name = names(path).last().copied().unwrap_or_default();
    replacements.date_part(parts, name, value, keeps_year)
}

fn person(
    replacements: &mut Replacements,
    path: &[Step],
    tree: &Value,
    kind: PersonKind,
    text: &str,
) -> String {
    let beside_text = |name: &str| beside(path, tree, name).and_then(Value::as_str);
    match kind {
        PersonKind::Name => replacements.name(text),
        PersonKind::Birth => replacements.date(text, false),
        PersonKind::Day => replacements.date(text, true),
        PersonKind::BirthPart => date_part(replacements, path, tree, text, false),
        PersonKind::DayPart => date_part(replacements, path, tree, text, true),
        PersonKind::Email => replacements.email(text),
        PersonKind::Phone => replacements.phone(text),
        PersonKind::Street => replacements.street(text),
        PersonKind::City => replacements.town(text),
        PersonKind::Region => replacements.region(text),
        PersonKind::Postcode => replacements.postcode(text),
        PersonKind::DocumentNumber => replacements.document_number(text),
        PersonKind::IdNumber => {
            let word = beside_text("type").or_else(|| beside_text("id_number_type"));
            let own = names(path).last().copied();
            let own = own.filter(|name| name.starts_with("ssn")).map(|_| "ssn");
            replacements.id_number(text, NumberKind::from_word(own.or(word)))
        }
        PersonKind::Mrz => {
            let first_of = |names: &[&str]| names.iter().find_map(|name| beside_text(name));
            let beside = Beside {
                first_line: first_of(&["mrz_line1", "mrz_line_1"]),
                birth: first_of(&["date_of_birth", "dob"]),
                expiry: first_of(&["date_of_expiry", "expiry_date", "expiration_date"]),
            };
            let zone = replacements.mrz(text, beside);
            zone.unwrap_or_else(|| replacements.document_number(text))
        }
        PersonKind::Ip => replacements.ip(text),
        PersonKind::Text => replacements.text(text),
        PersonKind::FileName => replacements.file_name(text),
    }
}

/// What the vendor measures, as the names of its measurements begin.
const MEASURED: &[&str] = &["link_session", "session", "user"];

impl Classifier<'_> {
    /// True for a name that is in some row, or is that of a measurement of the vendor's: `user.pi.email.history_yrs`.
    fn is_the_vendors(&self, above: &[&str], name: &str) -> bool {
        let is_measured = self.lookup.within_class(above) == Some(Class::Signal);
        let is_several_words = name
            .split_once('.')
            .is_some_and(|(whose, _)| MEASURED.contains(&whose))
            && name
                .split(['.', '_'])
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
        self.lookup.knows(name) || (is_measured && is_several_words)
    }
}

impl Visit for Classifier<'_> {
    fn place(&self, path: &[Step]) -> Place {
        if !self.in_query {
            return Place::Body(self.part, path.to_vec());
        }
        let mut name = String::new();
        for (index, step) in path.iter().enumerate() {
            let part = match step {
                Step::Member(part) => part.clone(),
                Step::Item(item) => item.to_string(),
            };
            name.push_str(&if index == 0 {
                part
            } else {
                format!("[{part}]")
            });
        }
        Place::Query(self.part, name)
    }

    fn name(&mut self, path: &[Step]) -> Result<Option<String>, Refusal> {
        let Some((Step::Member(name), above)) = path.split_last() else {
            return Ok(None);
        };
        let above = names(above);
        let is_chosen = self.lookup.is_chosen(&above);
        match (self.is_the_vendors(&above, name), is_chosen) {
            (true, _) => Ok(None),
            (false, true) => {
                let new = self.replacements.reference(name);
                // Whoever is played to has names of its own: anything may stand in the object.
                let whole = self.written(path.split_last().map_or(&[][..], |(_, above)| above));
                if !self.replaced.contains(&whole) {
                    self.replaced.push(whole);
                }
                self.renamed.insert(pointer(path), new.clone());
                Ok(Some(new))
            }
            (false, false) => Err(self.place(path).refused(Why::Unclassified)),
        }
    }

    fn leaf(
        &mut self,
        path: &[Step],
        tree: &Value,
        leaf: &Leaf<'_>,
    ) -> Result<Option<String>, Refusal> {
        // Forms write nothing as an empty text.
        if matches!(leaf, Leaf::Null | Leaf::Text("")) {
            return self.nothing(path).map(|()| None);
        }
        let class = self.class(path)?;
        let (old, new) = match leaf {
            Leaf::Null | Leaf::Flag => return Ok(None),
            Leaf::Number(number) => (*number, self.number(path, tree, class, number)?),
            Leaf::Text(text) => (*text, self.text(path, tree, class, text)?),
        };
        if old != new {
            self.replaced.push(self.written(path));
        }
        Ok(Some(new))
    }

    fn nothing(&mut self, path: &[Step]) -> Result<(), Refusal> {
        let names = names(path);
        let is_known = names.last().is_none_or(|name| self.lookup.knows(name))
            || !matches!(self.lookup.find(&names), Found::Nothing);
        if is_known {
            Ok(())
        } else {
            Err(self.place(path).refused(Why::Unclassified))
        }
    }
}
