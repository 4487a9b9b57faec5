//! The members of a request.

use serde_json::{Map, Value};

use super::fault::Fault;

/// A request's body, of which an endpoint takes what it knows.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    members: &'a Map<String, Value>,
    /// `user` for members of `user`; empty outermost.
    place: &'static str,
}

/// What every request may have.
const CREDENTIALS: [&str; 2] = ["client_id", "secret"];

impl<'a> Fields<'a> {
    /// The body of a request in which each of the wanted members is there and no member is neither wanted nor known.
    pub(super) fn of(
        members: &'a Map<String, Value>,
        wanted: &[&str],
        known: &[&str],
    ) -> Result<Self, Fault> {
        Self::at("", members, wanted, &[known, &CREDENTIALS].concat())
    }

    fn at(
        place: &'static str,
        members: &'a Map<String, Value>,
        wanted: &[&str],
        known: &[&str],
    ) -> Result<Self, Fault> {
        let is_known = |name: &str| known.contains(&name) || wanted.contains(&name);
        let names = members.keys().map(String::as_str);
        let unknown: Vec<_> = names.filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            return Err(Fault::unknown_fields(&unknown));
        }
        let is_missing = |name: &&&str| !members.contains_key(**name);
        let missing: Vec<_> = wanted.iter().filter(is_missing).copied().collect();
        if !missing.is_empty() {
            return Err(Fault::missing_fields(&missing));
        }
        Ok(Self { members, place })
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, wanted: &str) -> Fault {
        let dot = if self.place.is_empty() { "" } else { "." };
        Fault::field(format!("{}{dot}{name} must be {wanted}", self.place))
    }

    /// A text that is not empty; none if it is null or not there.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(Some)
            .ok_or_else(|| self.wrong(name, "a non-empty string"))
    }

    /// A text that must be there.
    pub(super) fn wanted_text(&self, name: &str) -> Result<&'a str, Fault> {
        let text = self.text(name)?;
        text.ok_or_else(|| self.wrong(name, "a non-empty string"))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let flag = value.as_bool();
        flag.map(Some).ok_or_else(|| self.wrong(name, "a boolean"))
    }

    pub(super) fn list(&self, name: &str) -> Result<&'a [Value], Fault> {
        let Some(value) = self.get(name) else {
            return Ok(&[]);
        };
        let list = value.as_array().map(Vec::as_slice);
        list.ok_or_else(|| self.wrong(name, "an array"))
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let object = value.as_object();
        object
            .map(Some)
            .ok_or_else(|| self.wrong(name, "an object"))
    }

    /// An object in the body, checked like the body.
    pub(super) fn fields(
        &self,
        name: &'static str,
        wanted: &[&str],
        known: &[&str],
    ) -> Result<Option<Self>, Fault> {
        let object = self.object(name)?;
        object
            .map(|members| Self::at(name, members, wanted, known))
            .transpose()
    }
}
