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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Part, Place};

    /// Replaces texts that begin with `x`, and numbers above 99; keeps a list of what it saw.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Visit for Seen {
        fn place(&self, path: &[Step]) -> Place {
            Place::Body(Part::Request, path.to_vec())
        }

        fn name(&mut self, path: &[Step]) -> Result<Option<String>, Refusal> {
            let is_secret = matches!(path.last(), Some(Step::Member(name)) if name == "xname");
            Ok(is_secret.then(|| "name".to_owned()))
        }

        fn leaf(
            &mut self,
            path: &[Step],
            _: &Value,
            leaf: &Leaf<'_>,
        ) -> Result<Option<String>, Refusal> {
            self.0
                .push(format!("{} {leaf:?}", crate::classify::pointer(path)));
            Ok(match leaf {
                Leaf::Text(text) if text.starts_with('x') => Some("new \"one\"".to_owned()),
                Leaf::Number(number) if number.len() > 2 => Some("7".to_owned()),
                _ => None,
            })
        }

        fn nothing(&mut self, path: &[Step]) -> Result<(), Refusal> {
            self.0
                .push(format!("{} nothing", crate::classify::pointer(path)));
            Ok(())
        }
    }

    fn rewritten(text: &str) -> String {
        let bytes = rewrite(text.as_bytes(), &mut Seen::default())
            .unwrap()
            .unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_values_change_and_every_other_byte_stays() {
        for (before, after) in [
            (
                "{\n  \"b\": \"xa\",\t\"a\" : [ 1.50e1 , 100 ]\r\n}\n",
                "{\n  \"b\": \"new \\\"one\\\"\",\t\"a\" : [ 7 , 7 ]\r\n}\n",
            ),
            (
                r#"{"a":"\u00e9\/\"","a":"x\\","b":{},"c":[]}"#,
                r#"{"a":"\u00e9\/\"","a":"new \"one\"","b":{},"c":[]}"#,
            ),
            (r#"{"xname":{"xname":null}}"#, r#"{"name":{"name":null}}"#),
            (r#""xyz""#, r#""new \"one\"""#),
            ("  [true,false , null]", "  [true,false , null]"),
            ("-12", "7"),
        ] {
            assert_eq!(rewritten(before), after);
        }
        for nothing in ["", "{", "{\"a\":}", "[1,]", "jane"] {
            assert!(
                rewrite(nothing.as_bytes(), &mut Seen::default()).is_none(),
                "{nothing}"
            );
        }
    }

    #[test]
    fn every_value_is_seen_once_in_its_place() {
        let mut seen = Seen::default();
        let text = r#"{"a":[{"b/c":"é"},{}],"d":{"e":[[]],"e":1},"f":false}"#;
        rewrite(text.as_bytes(), &mut seen).unwrap().unwrap();
        assert_eq!(
            seen.0,
            [
                r#"/a/0/b~1c Text("é")"#,
                "/a/1 nothing",
                "/d/e/0 nothing",
                r#"/d/e Number("1")"#,
                "/f Flag",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_json_comes_out_as_it_went_in(value in value(), is_pretty: bool) {
            let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let kept = rewrite(text.as_bytes(), &mut Keeps).unwrap().unwrap();
            proptest::prop_assert_eq!(String::from_utf8(kept).unwrap(), text);
        }
    }

    /// Changes nothing.
    struct Keeps;

    impl Visit for Keeps {
        fn place(&self, path: &[Step]) -> Place {
            Place::Body(Part::Request, path.to_vec())
        }

        fn name(&mut self, _: &[Step]) -> Result<Option<String>, Refusal> {
            Ok(None)
        }

        fn leaf(
            &mut self,
            _: &[Step],
            _: &Value,
            leaf: &Leaf<'_>,
        ) -> Result<Option<String>, Refusal> {
            Ok(match leaf {
                Leaf::Text(text) | Leaf::Number(text) => Some((*text).to_owned()),
                _ => None,
            })
        }

        fn nothing(&mut self, _: &[Step]) -> Result<(), Refusal> {
            Ok(())
        }
    }

    fn value() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
