//! The second look at what was redacted, before anything of it is written.

use std::collections::HashSet;

use serde_json::Value;

use crate::body::{Form, Leaf, Visit, form, form_of, json, multipart};
use crate::message::{Message, Redacted};
use crate::place::{Part, Place, Refusal, Step, Why};
use crate::redact::Redactor;

/// What stands for a name in which a value was found.
const UNNAMED: &str = "…";

impl Redactor {
    pub(crate) fn look_again(&self, redacted: &Redacted) -> Result<(), Refusal> {
        for (index, segment) in redacted.path.split('/').enumerate() {
            if !self.vendor.table().is_path_word(segment) && self.is_left(segment) {
                return Err(Place::Path(index, redacted.shape.clone()).refused(Why::Leftover));
            }
        }
        if self.is_in_a_pointer(&redacted.replaced_in_query) {
            return Err(Place::Query(Part::Request, String::new()).refused(Why::Leftover));
        }
        for (name, value) in &redacted.query {
            let has_leftover = form::steps(name)
                .iter()
                .any(|step| matches!(step, Step::Member(name) if self.is_left_in_a_name(name)));
            if has_leftover {
                return Err(Place::Query(Part::Request, UNNAMED.to_owned()).refused(Why::Leftover));
            }
            if self.is_left(value) {
                return Err(Place::Query(Part::Request, name.clone()).refused(Why::Leftover));
            }
        }
        self.look_at_message(Part::Request, &redacted.request)?;
        self.look_at_message(Part::Response, &redacted.response)
    }

    /// True if one of these places is called by a value that must not be left.
    fn is_in_a_pointer(&self, pointers: &[String]) -> bool {
        let names = pointers.iter().flat_map(|pointer| pointer.split('/'));
        names
            .map(|name| name.replace("~1", "/").replace("~0", "~"))
            .any(|name| self.is_left_in_a_name(&name))
    }

    /// Names that the table has are the vendor's; others may be a user's.
    fn is_left_in_a_name(&self, name: &str) -> bool {
        !self.lookup.knows(name) && self.is_left(name)
    }

    /// Takes out those of these texts in which a value is left.
    pub(crate) fn without_leftovers(&self, texts: &mut Vec<String>) {
        texts.retain(|text| !self.is_left(text));
    }

    fn is_left(&self, text: &str) -> bool {
        if self.replacements.made(text) {
            return false;
        }
        let needles = self.replacements.needles();
        // The vendor's words come again and again.
        let mut cleared = self.cleared.borrow_mut();
        if cleared.0 != needles.len() {
            *cleared = (needles.len(), HashSet::new());
        }
        if cleared.1.contains(text) {
            return false;
        }
        let is_left = needles.are_in(text, &self.lookup);
        if !is_left {
            cleared.1.insert(text.to_owned());
        }
        is_left
    }

    pub(crate) fn look_at_message(&self, part: Part, message: &Message) -> Result<(), Refusal> {
        for (name, value) in &message.headers {
            // A date and a media type are of closed lists.
            if name != "date" && name != "content-type" && self.is_left(value) {
                return Err(Place::Header(part, name.clone()).refused(Why::Leftover));
            }
        }
        let content_type = message
            .headers
            .iter()
            .find(|(name, _)| name == "content-type");
        let content_type = content_type.map(|(_, value)| value.as_str());
        let mut search = Search {
            redactor: self,
            part,
        };
        let searched = match form_of(content_type, &message.body) {
            Form::Json => match json::rewrite(&message.body, &mut search) {
                Some(searched) => searched.map(|_| ()),
                None => search.text(&[], &message.body),
            },
            Form::Entries => form::replace(&form::pairs(&message.body), &mut search).map(|_| ()),
            // Nothing is written of the body of such a request, and what has no parts was not made here.
            Form::Multipart if message.body.is_empty() => Ok(()),
            Form::Multipart => {
                let parts = multipart::parts(&message.body, multipart::OURS);
                let parts = parts
                    .ok_or_else(|| Place::Body(part, Vec::new()).refused(Why::NotOfItsType))?;
                parts.iter().try_for_each(|part| {
                    let path = form::steps(&part.name);
                    for end in 1..=path.len() {
                        search.name(path.get(..end).unwrap_or_default())?;
                    }
                    search.text(
                        &path,
                        part.file_name.as_deref().unwrap_or_default().as_bytes(),
                    )?;
                    search.text(&path, &part.content)
                })
            }
            Form::Text | Form::File => search.text(&[], &message.body),
        };
        searched?;
        if self.is_in_a_pointer(&message.replaced) {
            return Err(Place::Body(part, Vec::new()).refused(Why::Leftover));
        }
        Ok(())
    }
}

/// Goes through a body that was redacted, and looks for what should not be there.
struct Search<'a> {
    redactor: &'a Redactor,
    part: Part,
}

impl Search<'_> {
    fn text(&self, path: &[Step], bytes: &[u8]) -> Result<(), Refusal> {
        let left = self.redactor.is_left(&String::from_utf8_lossy(bytes));
        let place = || Place::Body(self.part, path.to_vec());
        if left {
            Err(place().refused(Why::Leftover))
        } else {
            Ok(())
        }
    }
}

impl Visit for Search<'_> {
    fn place(&self, path: &[Step]) -> Place {
        Place::Body(self.part, path.to_vec())
    }

    /// The place is told without the name itself.
    fn name(&mut self, path: &[Step]) -> Result<Option<String>, Refusal> {
        match path.split_last() {
            Some((Step::Member(name), above)) if self.redactor.is_left_in_a_name(name) => {
                let unnamed = [above, &[Step::Member(UNNAMED.to_owned())]].concat();
                Err(self.place(&unnamed).refused(Why::Leftover))
            }
            _ => Ok(None),
        }
    }

    fn leaf(
        &mut self,
        path: &[Step],
        _: &Value,
        leaf: &Leaf<'_>,
    ) -> Result<Option<String>, Refusal> {
        match leaf {
            Leaf::Text(text) => self.text(path, text.as_bytes())?,
            // A number is a leftover as a whole only: parts of counts and times are everybody's.
            Leaf::Number(number)
                if number.len() >= 8
                    && !self.redactor.replacements.made(number)
                    && self.redactor.replacements.needles().has(number) =>
            {
                return Err(Place::Body(self.part, path.to_vec()).refused(Why::Leftover));
            }
            _ => {}
        }
        Ok(None)
    }

    fn nothing(&mut self, _: &[Step]) -> Result<(), Refusal> {
        Ok(())
    }
}
