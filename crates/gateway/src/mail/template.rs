//! The texts of mails, with places for values.
//!
//! A place is `{{name}}`, or `{{name|words}}` with words for where there is no value. The text part begins with the
//! line `Subject: …` and an empty line; a subject is shown on locked screens and written into the logs of mail
//! servers, so it has no places.

use std::borrow::Cow;

use idv_engine::MailKind;

/// The values there are, by name.
const NAMES: &[&str] = &[
    "given_name",
    "verification_url",
    "request_id",
    "organization",
    "reason",
];

/// What a mail says: subject, text part and HTML part.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    subject: String,
    text: Vec<Piece>,
    html: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Words(String),
    Value {
        name: &'static str,
        otherwise: String,
    },
}

/// What goes into the places.
pub(crate) struct Values<'a> {
    pub(crate) given_name: Option<&'a str>,
    pub(crate) verification_url: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) organization: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
}

impl Values<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "given_name" => self.given_name,
            "verification_url" => Some(self.verification_url),
            "request_id" => Some(self.request_id),
            "organization" => self.organization,
            "reason" => self.reason,
            _ => None,
        }
    }
}

/// A mail with its values in place.
pub(crate) struct Filled {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Why a text is no template: what is wrong, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidTemplate {
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl InvalidTemplate {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// The texts compiled in: the text part and the HTML part.
pub(crate) const fn built_in(kind: MailKind) -> (&'static str, &'static str) {
    match kind {
        MailKind::Recreated => (
            include_str!("templates/recreated.txt"),
            include_str!("templates/recreated.html"),
        ),
        // There is no other kind; one that comes is a mail that asks the subject to go on.
        _ => (
            include_str!("templates/reminder.txt"),
            include_str!("templates/reminder.html"),
        ),
    }
}

/// Reads the text part: its subject, and the rest.
pub(crate) fn read_text(text: &str) -> Result<(String, Vec<Piece>), InvalidTemplate> {
    let text = text.replace("\r\n", "\n");
    let first = text.lines().next().unwrap_or_default();
    let subject = first.strip_prefix("Subject:").map(str::trim);
    let subject = subject
        .filter(|subject| !subject.is_empty())
        .ok_or_else(|| {
            InvalidTemplate::new(
                "does not begin with a line \"Subject: …\"",
                "write the subject into the first line and leave the second one empty",
            )
        })?;
    if subject.contains("{{") {
        return Err(InvalidTemplate::new(
            "has a place for a value in its subject",
            "take it out: a subject is shown on locked screens and in the logs of mail servers",
        ));
    }
    if subject.chars().any(char::is_control) {
        return Err(InvalidTemplate::new(
            "has a control character in its subject",
            "take it out",
        ));
    }
    let rest = text.get(first.len()..).unwrap_or_default();
    Ok((subject.to_owned(), pieces(rest.trim_start_matches('\n'))?))
}

/// Reads the HTML part.
pub(crate) fn read_html(html: &str) -> Result<Vec<Piece>, InvalidTemplate> {
    pieces(html)
}

fn pieces(text: &str) -> Result<Vec<Piece>, InvalidTemplate> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((words, after)) = rest.split_once("{{") {
        let (place, after) = after.split_once("}}").ok_or_else(|| {
            InvalidTemplate::new(
                "has \"{{\" without \"}}\"",
                "close the place, or write the braces apart",
            )
        })?;
        let (name, otherwise) = place.split_once('|').unwrap_or((place, ""));
        let name = name.trim();
        let known = NAMES.iter().find(|known| **known == name).ok_or_else(|| {
            InvalidTemplate::new(
                format!(
                    "has the place {{{{{}}}}}, for which there is no value",
                    idv_core::label(name)
                ),
                format!("the values are {}", NAMES.join(", ")),
            )
        })?;
        pieces.push(Piece::Words(words.to_owned()));
        pieces.push(Piece::Value {
            name: known,
            otherwise: otherwise.trim().to_owned(),
        });
        rest = after;
    }
    pieces.push(Piece::Words(rest.to_owned()));
    Ok(pieces)
}

impl Template {
    /// Puts the two parts together. Without the address of the page a mail leads nowhere.
    pub(crate) fn new(
        (subject, text): (String, Vec<Piece>),
        html: Vec<Piece>,
    ) -> Result<Self, InvalidTemplate> {
        let leads_on = |pieces: &[Piece]| {
            let is_url = |piece: &Piece| matches!(piece, Piece::Value { name, .. } if *name == "verification_url");
            pieces.iter().any(is_url)
        };
        if leads_on(&text) && leads_on(&html) {
            Ok(Self {
                subject,
                text,
                html,
            })
        } else {
            Err(InvalidTemplate::new(
                "does not name the page to go to in both parts",
                "write {{verification_url}} into the text and into the HTML",
            ))
        }
    }

    /// The mail with these values.
    pub(crate) fn fill(&self, values: &Values<'_>) -> Filled {
        Filled {
            subject: self.subject.clone(),
            text: fill(&self.text, values, Cow::Borrowed),
            html: fill(&self.html, values, |value| Cow::Owned(escaped(value))),
        }
    }
}

fn fill<'v>(
    pieces: &[Piece],
    values: &'v Values<'_>,
    shown: impl Fn(&'v str) -> Cow<'v, str>,
) -> String {
    let mut filled = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Value { name, otherwise } => match values.get(name) {
                Some(value) => filled.push_str(&shown(value)),
                None => filled.push_str(otherwise),
            },
        }
    }
    filled
}

/// Text as it stands in HTML, also between the quotes of an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str, html: &str) -> Result<Template, InvalidTemplate> {
        Template::new(read_text(text)?, read_html(html)?)
    }

    fn values(given_name: Option<&str>) -> Values<'_> {
        Values {
            given_name,
            verification_url: "https://app.example/verify?a=1&b=2",
            request_id: "idv_1",
            organization: None,
            reason: None,
        }
    }

    #[test]
    fn the_built_in_texts_are_complete_and_load_nothing() {
        for kind in MailKind::ALL {
            let (text, html) = built_in(kind);
            let filled = template(text, html).unwrap().fill(&values(None));
            assert!(filled.text.starts_with("Hello there,"), "{}", filled.text);
            assert!(filled.text.contains("https://app.example/verify?a=1&b=2"));
            for word in ["<img", "<script", "<link", "url(", "src="] {
                assert!(!filled.html.contains(word), "{word}");
            }
            assert!(filled.html.contains("<html lang=") && filled.html.contains("<title>"));
            assert!(!filled.html.contains("{{") && !filled.text.contains("{{"));
        }
    }

    #[test]
    fn values_are_escaped_in_html_and_left_alone_in_text() {
        let template = template(
            "Subject: S\n\n{{given_name}} {{verification_url}}",
            "<p title=\"{{given_name}}\">{{verification_url}}</p>",
        );
        let name = "<b onclick='x'>\"&";
        let filled = template.unwrap().fill(&values(Some(name)));
        assert_eq!(filled.subject, "S");
        assert!(filled.text.starts_with(name), "{}", filled.text);
        assert_eq!(
            filled.html,
            "<p title=\"&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;\">https://app.example/verify?a=1&amp;b=2</p>"
        );
    }

    #[test]
    fn a_value_is_never_read_as_a_place() {
        let template = template(
            "Subject: S\n\n{{given_name}} {{verification_url}}",
            "{{verification_url}}",
        );
        let filled = template.unwrap().fill(&values(Some("{{request_id}}")));
        assert!(
            filled.text.starts_with("{{request_id}} "),
            "{}",
            filled.text
        );
    }

    #[test]
    fn what_is_no_template_says_why() {
        let html = "{{verification_url}}";
        for (text, html, what) in [
            ("Hello", html, "does not begin with a line \"Subject: …\""),
            (
                "Subject: \n\n{{verification_url}}",
                html,
                "does not begin with a line \"Subject: …\"",
            ),
            (
                "Subject: {{given_name}}\n\n{{verification_url}}",
                html,
                "has a place for a value in its subject",
            ),
            (
                "Subject: S\n\n{{verification_url}} {{surname}}",
                html,
                "has the place {{surname}}, for which there is no value",
            ),
            (
                "Subject: S\n\n{{verification_url",
                html,
                "has \"{{\" without \"}}\"",
            ),
            (
                "Subject: S\n\nHello",
                html,
                "does not name the page to go to in both parts",
            ),
            (
                "Subject: S\n\n{{verification_url}}",
                "Hello",
                "does not name the page to go to in both parts",
            ),
        ] {
            assert_eq!(template(text, html).unwrap_err().what, what, "{text}");
        }
    }
}
