//! Forms with files in them (RFC 7578).

/// A form.
pub(super) struct Form<'a> {
    parts: Vec<Part<'a>>,
}

struct Part<'a> {
    name: String,
    file_name: Option<String>,
    content: &'a [u8],
}

impl<'a> Form<'a> {
    /// None if it is no such form.
    pub(super) fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let parameters = content_type.strip_prefix("multipart/form-data")?;
        let boundary = parameter(parameters, "boundary")?;
        let delimiter = format!("--{boundary}");
        let mut rest = after(body, delimiter.as_bytes())?;
        let mut parts = Vec::new();
        let next = format!("\r\n{delimiter}");
        while !rest.starts_with(b"--") {
            let part = rest.strip_prefix(b"\r\n")?;
            let end = place(part, next.as_bytes())?;
            parts.push(Part::read(part.get(..end)?)?);
            rest = part.get(end + next.len()..)?;
        }
        Some(Self { parts })
    }

    /// The text of a field.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        std::str::from_utf8(part.content).ok()
    }

    /// The name and the content of a file.
    pub(super) fn file(&self, name: &str) -> Option<(&str, &'a [u8])> {
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
    let mut parameters = header.split(';').filter_map(|p| p.trim().split_once('='));
    let (_, value) = parameters.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}

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
    fn fields_and_files_are_found() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\npassport\r\n--x\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
            \x89\r\n--PNG\r\n--x--\r\n";
        let form = Form::read(TYPE, body).unwrap();
        assert_eq!(form.text("type"), Some("passport"));
        assert_eq!(
            form.file("file"),
            Some(("a.png", b"\x89\r\n--PNG".as_slice()))
        );
        assert_eq!(form.file("type"), None);
        assert_eq!(form.text("other"), None);
    }

    #[test]
    fn what_is_no_form_is_none() {
        for body in [
            b"".as_slice(),
            b"--y--",
            b"--x",
            b"--x\r\n\r\n",
            b"--x\r\na: b\r\n\r\nc\r\n--x--",
        ] {
            assert!(Form::read(TYPE, body).is_none(), "{body:?}");
        }
        assert!(Form::read("application/json", b"--x--").is_none());
        assert!(Form::read(TYPE, b"--x--").is_some_and(|form| form.parts.is_empty()));
    }
}
