//! JSON, rewritten in place: only the values change. Spaces, the order of members, and how numbers are written stay as the
//! vendor has them, for signatures are made over bytes and readers trip over details.

use idv_core::json::decode;
use serde_json::Value;

use super::{Leaf, Visit};
use crate::place::{Refusal, Step};

/// Rewrites one document.
///
/// `None` if the bytes are no JSON.
pub(crate) fn rewrite(bytes: &[u8], visit: &mut dyn Visit) -> Option<Result<Vec<u8>, Refusal>> {
    let tree: Value = decode(bytes).ok()?;
    let text = std::str::from_utf8(bytes).ok()?;
    let mut writer = Writer {
        rest: text,
        out: String::with_capacity(text.len()),
        path: Vec::new(),
    };
    Some(writer.value(&tree, visit).map(|()| {
        writer.out.push_str(writer.rest);
        writer.out.into_bytes()
    }))
}

/// Goes through text that is known to be JSON.
struct Writer<'a> {
    rest: &'a str,
    out: String,
    path: Vec<Step>,
}

impl Writer<'_> {
    /// Takes what stands up to and including the next value's or sign's end, and keeps the space before it.
    fn next(&mut self) -> char {
        let space = self.rest.len() - self.rest.trim_start().len();
        let (before, rest) = self.rest.split_at(space);
        self.out.push_str(before);
        self.rest = rest;
        rest.chars().next().unwrap_or(' ')
    }

    fn keep(&mut self, bytes: usize) {
        let (kept, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.out.push_str(kept);
        self.rest = rest;
    }

    /// A string with its quotes, taken and not kept.
    fn take_string(&mut self) -> &str {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let end = end.map_or(self.rest.len(), |(at, _)| at + 1);
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn value(&mut self, tree: &Value, visit: &mut dyn Visit) -> Result<(), Refusal> {
        match self.next() {
            '{' => self.members(tree, visit),
            '[' => self.items(tree, visit),
            '"' => {
                let literal = self.take_string().to_owned();
                let text: String = decode(literal.as_bytes()).unwrap_or_default();
                let written = visit.leaf(&self.path, tree, &Leaf::Text(&text))?;
                let literal = match written {
                    Some(new) if new != text => Value::from(new).to_string(),
                    _ => literal,
                };
                self.out.push_str(&literal);
                Ok(())
            }
            _ => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
                let (literal, rest) = self.rest.split_at(end);
                self.rest = rest;
                let leaf = match literal {
                    "null" => Leaf::Null,
                    "true" | "false" => Leaf::Flag,
                    number => Leaf::Number(number),
                };
                let written = visit.leaf(&self.path, tree, &leaf)?;
                self.out.push_str(written.as_deref().unwrap_or(literal));
                Ok(())
            }
        }
    }

    fn members(&mut self, tree: &Value, visit: &mut dyn Visit) -> Result<(), Refusal> {
        self.keep(1);
        if self.next() == '}' {
            self.keep(1);
            return visit.nothing(&self.path);
        }
        loop {
            self.next();
            let literal = self.take_string().to_owned();
            let name: String = decode(literal.as_bytes()).unwrap_or_default();
            self.path.push(Step::Member(name.clone()));
            let renamed = visit.name(&self.path)?;
            let literal = renamed.map_or(literal, |new| Value::from(new).to_string());
            self.out.push_str(&literal);
            self.next();
            self.keep(1);
            self.value(tree, visit)?;
            self.path.pop();
            let goes_on = self.next() == ',';
            self.keep(1);
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn items(&mut self, tree: &Value, visit: &mut dyn Visit) -> Result<(), Refusal> {
        self.keep(1);
        if self.next() == ']' {
            self.keep(1);
            return visit.nothing(&self.path);
        }
        for index in 0.. {
            self.path.push(Step::Item(index));
            self.value(tree, visit)?;
            self.path.pop();
            let goes_on = self.next() == ',';
            self.keep(1);
            if !goes_on {
                break;
            }
        }
        Ok(())
    }
}
