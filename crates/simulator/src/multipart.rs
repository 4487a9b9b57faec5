//! Forms with files in them (RFC 7578).

/// A form.
pub(crate) struct Form<'a> {
    parts: Vec<Part<'a>>,
}

/// One part of a form: a plain field, or a file.
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    /// None of a plain field.
    pub(crate) file_name: Option<String>,
    pub(crate) content: &'a [u8],
}

/// Whether this `Content-Type` says that the body is such a form.
pub(crate) fn is_multipart(content_type: &str) -> bool {
    parameters(content_type).is_some()
}

fn parameters(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    is_form.then_some(parameters)
}

impl<'a> Form<'a> {
    /// None if it is no such form. A delimiter stands at the beginning of a line: within one it is content.
    pub(crate) fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let boundary = parameter(parameters(content_type)?, "boundary")?;
        let delimiter = format!("--{boundary}");
        let next = format!("\r\n{delimiter}");
        let mut rest = match body.strip_prefix(delimiter.as_bytes()) {
            Some(rest) => rest,
            // What stands before the first one is nobody's.
            None => after(body, next.as_bytes())?,
        };
        let mut parts = Vec::new();
        while !rest.starts_with(b"--") {
            let part = rest.strip_prefix(b"\r\n")?;
            let end = place(part, next.as_bytes())?;
            parts.push(Part::read(part.get(..end)?)?);
            rest = part.get(end + next.len()..)?;
        }
        Some(Self { parts })
    }

    /// All of it, in the order in which it was sent.
    pub(crate) fn into_parts(self) -> Vec<Part<'a>> {
        self.parts
    }

    /// The text of a field.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        std::str::from_utf8(part.content).ok()
    }

    /// The name and the content of a file.
    pub(crate) fn file(&self, name: &str) -> Option<(&str, &'a [u8])> {
        let mut parts = self.parts.iter().filter(|part| part.name == name);
        parts.find_map(|part| Some((part.file_name.as_deref()?, part.content)))
    }
}

impl<'a> Part<'a> {
    fn read(part: &'a [u8]) -> Option<Self> {
        let end = place(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(part.get(..end)?).ok()?;
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        let (_, disposition) =
            lines.find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))?;
        Some(Self {
            name: parameter(disposition, "name")?,
            file_name: parameter(disposition, "filename"),
            content: part.get(end + 4..)?,
        })
    }
}

/// The value of a header's parameter, in quotes or not.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    loop {
        // What has no value is passed over: the kind of disposition, above all.
        let (before, after) = rest.split_once('=')?;
        let (_, given) = before.rsplit_once(';').unwrap_or(("", before));
        let value;
        (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if given.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
    }
}

/// `wanted` is never empty.
fn place(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn after<'a>(bytes: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    bytes.get(place(bytes, wanted)? + wanted.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"x\"";

    #[test]
    fn fields_and_files_are_told_apart_and_content_is_kept_byte_by_byte() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\npassport\r\n--x\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
            \x89\r\n\r\n--PNG --x\r\n--x--\r\n";
        let form = Form::read(TYPE, body).unwrap();
        let content = b"\x89\r\n\r\n--PNG --x".as_slice();
        assert_eq!(form.text("type"), Some("passport"));
        assert_eq!(form.file("file"), Some(("a.png", content)));
        assert_eq!(form.file("type"), None);
        assert_eq!(form.text("other"), None);
        let parts = form.into_parts();
        let names: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.file_name.is_some()))
            .collect();
        assert_eq!(names, [("type", false), ("file", true)]);
    }

    #[test]
    fn a_name_in_quotes_may_hold_anything_but_a_quote() {
        let body = b"--x\r\nContent-Disposition: form-data; filename=\"a; name=b.png\"; name=\"file\"\r\n\r\nc\r\n--x--";
        let form = Form::read(TYPE, body).unwrap();
        assert_eq!(form.file("file"), Some(("a; name=b.png", b"c".as_slice())));
        let unended = "multipart/form-data; boundary=\"x; charset=utf-8";
        assert!(Form::read(unended, b"--x--").is_none());
    }

    #[test]
    fn what_is_no_form_is_none() {
        for body in [
            b"".as_slice(),
            b"--y--",
            b"--x",
            b"a--x--",
            b"--x\r\n\r\n",
            b"--x\r\na: b\r\n\r\nc\r\n--x--",
        ] {
            assert!(Form::read(TYPE, body).is_none(), "{body:?}");
        }
        for kind in ["application/json", "multipart/form-data; charset=utf-8"] {
            assert!(Form::read(kind, b"--x--").is_none(), "{kind}");
        }
        assert!(is_multipart(TYPE) && !is_multipart("application/json; a=multipart/form-data"));
        for body in [b"--x--".as_slice(), b"before\r\n--x--"] {
            assert!(Form::read(TYPE, body).is_some_and(|form| form.parts.is_empty()));
        }
    }

    #[test]
    fn an_odd_boundary_is_no_matter() {
        for boundary in ["", "-", "--", "\"\""] {
            let kind = format!("multipart/form-data; boundary={boundary}");
            for length in 0..9 {
                // Read or not: without a panic.
                let body = "-".repeat(length);
                let parts = Form::read(&kind, body.as_bytes()).map(|form| form.parts.len());
                assert!(parts.is_none_or(|parts| parts == 0), "{kind} {body}");
            }
        }
    }
}
