//! `multipart/form-data`: the one form in which files are handed in.

use bytes::Bytes;

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// The file's name; none if the part is a plain field.
    pub(super) filename: Option<String>,
    pub(super) content: Bytes,
}

/// The parts of a body with this `Content-Type`; none if it is no such form.
pub(super) fn parts(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters
        .split(';')
        .find_map(|p| p.trim().strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let starts: Vec<usize> = positions(body, delimiter.as_bytes()).collect();
    let between = starts.iter().zip(starts.iter().skip(1));
    let parts = between.filter_map(|(start, end)| {
        let part = body.slice(start + delimiter.len()..*end);
        let part = part.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
        read(&body.slice_ref(part))
    });
    Some(parts.collect())
}

fn positions<'a>(body: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = body.windows(wanted.len()).enumerate();
    windows
        .filter(move |(_, window)| *window == wanted)
        .map(|(at, _)| at)
}

fn read(part: &Bytes) -> Option<Part> {
    let end = positions(part, b"\r\n\r\n").next()?;
    let head = std::str::from_utf8(part.get(..end)?).ok()?;
    let mut lines = head.split("\r\n");
    let disposition = lines.find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    let parameter = |name: &str| {
        disposition.split(';').find_map(|parameter| {
            let value = parameter.trim().strip_prefix(name)?.strip_prefix('=')?;
            Some(value.trim_matches('"').to_owned())
        })
    };
    Some(Part {
        name: parameter("name")?,
        filename: parameter("filename"),
        content: part.slice(end + 4..),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_files_are_told_apart_and_content_is_kept_byte_by_byte() {
        let body = Bytes::from_static(
            b"--xyz\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
              --xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\xff\r\n\r\n\0\r\n--xyz--\r\n",
        );
        let parts = parts("multipart/form-data; boundary=\"xyz\"", &body).unwrap();
        let [purpose, file] = parts.as_slice() else {
            panic!("two parts")
        };
        assert_eq!(
            (purpose.name.as_str(), purpose.content.as_ref()),
            ("purpose", b"dispute_evidence".as_slice())
        );
        assert_eq!(purpose.filename, None);
        assert_eq!(file.filename.as_deref(), Some("a.png"));
        assert_eq!(file.content.as_ref(), b"\xff\r\n\r\n\0");
    }

    #[test]
    fn another_form_is_no_such_form() {
        let body = Bytes::from_static(b"a=b");
        assert_eq!(parts("application/x-www-form-urlencoded", &body), None);
        assert_eq!(parts("multipart/form-data; charset=utf-8", &body), None);
        assert_eq!(
            parts("multipart/form-data; boundary=x", &body),
            Some(Vec::new())
        );
    }
}
