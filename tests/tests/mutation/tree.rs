//! JSON read a second time, by other code than the code under test: what a verdict is compared with.
//!
//! It reads more than JSON: whatever a strict reader accepts has the same structure here, and some things that a
//! strict reader refuses are read too. So a pass that has no verdict in this tree has none anywhere. Members that are
//! there twice are kept twice.

/// A document that can be taken apart, changed and written again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    /// A number, a literal, or what is nested too deep to look into: the bytes as they are.
    Scalar(Vec<u8>),
    /// A text, without its escapes. It need not be UTF-8.
    Text(Vec<u8>),
    List(Vec<Self>),
    Object(Vec<(Vec<u8>, Self)>),
}

/// How deep it is looked into. No verdict lies deeper, and the stack is finite.
const MAX_DEPTH: usize = 64;

impl Tree {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        let tree = reader.value(0)?;
        reader.white_space();
        (reader.at == bytes.len()).then_some(tree)
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes);
        bytes
    }

    fn write_to(&self, to: &mut Vec<u8>) {
        match self {
            Self::Scalar(raw) => to.extend_from_slice(raw),
            Self::Text(text) => write_text(text, to),
            Self::List(list) => {
                to.push(b'[');
                for (index, value) in list.iter().enumerate() {
                    if index > 0 {
                        to.push(b',');
                    }
                    value.write_to(to);
                }
                to.push(b']');
            }
            Self::Object(members) => {
                to.push(b'{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        to.push(b',');
                    }
                    write_text(name, to);
                    to.push(b':');
                    value.write_to(to);
                }
                to.push(b'}');
            }
        }
    }

    /// The member of this name, if there is exactly one and it is not null.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let mut found = members.iter().filter(|(key, _)| key == name.as_bytes());
        let (_, value) = found.next()?;
        (found.next().is_none() && *value != Self::Scalar(b"null".to_vec())).then_some(value)
    }

    /// Whether the member of this name is this text, and there once.
    pub(crate) fn says(&self, name: &str, word: &str) -> bool {
        self.word(name) == Some(word)
    }

    /// The text in the member of this name, if it is there once and is a text.
    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Self::Text(text) => str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// How many values there are in it, itself included.
    pub(crate) fn len(&self) -> usize {
        1 + match self {
            Self::Scalar(_) | Self::Text(_) => 0,
            Self::List(list) => list.iter().map(Self::len).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.len()).sum(),
        }
    }

    /// The value with this number, counted as they are written, from 0.
    pub(crate) fn nth(&mut self, number: usize) -> Option<&mut Self> {
        let mut left = number;
        self.count_down(&mut left)
    }

    fn count_down(&mut self, left: &mut usize) -> Option<&mut Self> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        match self {
            Self::Scalar(_) | Self::Text(_) => None,
            Self::List(list) => list.iter_mut().find_map(|value| value.count_down(left)),
            Self::Object(members) => {
                let mut values = members.iter_mut().map(|(_, value)| value);
                values.find_map(|value| value.count_down(left))
            }
        }
    }
}

fn write_text(text: &[u8], to: &mut Vec<u8>) {
    to.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => to.extend_from_slice(&[b'\\', *byte]),
            0..0x20 => to.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => to.push(*byte),
        }
    }
    to.push(b'"');
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.white_space();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Tree> {
        self.white_space();
        match self.peek()? {
            b'"' => self.string().map(Tree::Text),
            b'[' | b'{' if depth == MAX_DEPTH => self.unread(),
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            _ => self.scalar(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Tree> {
        self.at += 1;
        let mut list = Vec::new();
        if self.eat(b']') {
            return Some(Tree::List(list));
        }
        loop {
            list.push(self.value(depth + 1)?);
            if self.eat(b']') {
                return Some(Tree::List(list));
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Tree> {
        self.at += 1;
        let mut members = Vec::new();
        if self.eat(b'}') {
            return Some(Tree::Object(members));
        }
        loop {
            self.white_space();
            if self.peek()? != b'"' {
                return None;
            }
            let name = self.string()?;
            if !self.eat(b':') {
                return None;
            }
            members.push((name, self.value(depth + 1)?));
            if self.eat(b'}') {
                return Some(Tree::Object(members));
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }

    /// What is nested too deep: skipped without a stack, by counting brackets.
    fn unread(&mut self) -> Option<Tree> {
        let start = self.at;
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'[' | b'{' => open += 1,
                b']' | b'}' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(Tree::Scalar(self.bytes[start..self.at].to_vec()));
            }
        }
    }

    fn scalar(&mut self) -> Option<Tree> {
        let start = self.at;
        let ends = |byte: u8| b",]}: \t\n\r\"[{".contains(&byte);
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        (self.at > start).then(|| Tree::Scalar(self.bytes[start..self.at].to_vec()))
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Some(text),
                b'\\' => match self.next()? {
                    b'b' => text.push(8),
                    b'f' => text.push(12),
                    b'n' => text.push(b'\n'),
                    b'r' => text.push(b'\r'),
                    b't' => text.push(b'\t'),
                    b'u' => {
                        let character = self.escaped_character()?;
                        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    other => text.push(other),
                },
                byte => text.push(byte),
            }
        }
    }

    fn escaped_character(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        let is_first_half = (0xd800..0xdc00).contains(&first);
        if is_first_half && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.four_digits()?;
            let both = 0x1_0000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
            return Some(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    }
}

#[test]
fn what_is_read_is_written_again() {
    for text in [
        r#"{"a":[1,-2.5e3,true,null,"x\"y\\"],"a":{},"":[]}"#,
        r#""text""#,
        "[[[[1]]]]",
    ] {
        let tree = Tree::read(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(tree.write()).unwrap(), text);
    }
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(
        Tree::read(deep.as_bytes()).unwrap().write(),
        deep.as_bytes()
    );
}

#[test]
fn escapes_are_read_and_what_is_no_json_is_not() {
    let tree = Tree::read(br#"{"\u0061":"\u00e9\ud83d\ude00\/\t"}"#).unwrap();
    assert_eq!(tree.word("a"), Some("é😀/\t"));
    for text in ["", "{", "[1,]", "{\"a\"}", "[1] 2", "\"a", "{1:2}", "[1 2]"] {
        assert_eq!(Tree::read(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_member_that_is_there_twice_says_nothing() {
    let tree = Tree::read(br#"{"a":"x","a":"x","b":"y","c":null}"#).unwrap();
    assert!(!tree.says("a", "x"));
    assert!(tree.says("b", "y"));
    assert_eq!(tree.member("c"), None);
    assert_eq!(tree.len(), 5);
}
