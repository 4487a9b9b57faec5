//! `multipart/form-data`: files handed in, and what is said about them.

use super::placeholder::placeholder;

/// One part.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) content: Vec<u8>,
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Takes a body apart; none if it is not of this form.
pub(crate) fn parts(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let line = format!("--{boundary}");
    let mut rest = body.get(find(body, line.as_bytes())? + line.len()..)?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let (head, content) = (rest.get(..head_end)?, rest.get(head_end + 4..)?);
        let end = find(content, format!("\r\n{line}").as_bytes())?;
        parts.push(part(std::str::from_utf8(head).ok()?, content.get(..end)?)?);
        rest = content.get(end + 2 + line.len()..)?;
    }
    Some(parts)
}

fn part(head: &str, content: &[u8]) -> Option<Part> {
    let value_of = |name: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    let disposition = value_of("content-disposition")?;
    let attribute = |name: &str| {
        let mut attributes = disposition
            .split(';')
            .filter_map(|part| part.trim().split_once('='));
        let found = attributes.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim_matches('"').to_owned())
    };
    Some(Part {
        name: attribute("name")?,
        file_name: attribute("filename"),
        content_type: value_of("content-type").map(str::to_owned),
        content: content.to_vec(),
    })
}

/// The boundary of what is written here.
pub(crate) const OURS: &str = "recorded-boundary";

/// Puts a body together. The content of a file is never passed on: a placeholder of its type stands for it.
pub(crate) fn written(parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let mut head = format!(
            "--{OURS}\r\nContent-Disposition: form-data; name=\"{}\"",
            part.name
        );
        if let Some(name) = &part.file_name {
            head.push_str(&format!("; filename=\"{name}\""));
        }
        if let Some(content_type) = &part.content_type {
            head.push_str(&format!("\r\nContent-Type: {content_type}"));
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        match &part.file_name {
            Some(_) => body.extend_from_slice(&placeholder(
                part.content_type.as_deref().unwrap_or_default(),
            )),
            None => body.extend_from_slice(&part.content),
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{OURS}--\r\n").as_bytes());
    body
}
