//! The page a vendor hosts, on which a person (or the test of a browser) plays the end user.
//!
//! Plain HTML: no script, no picture, nothing from elsewhere. Everything can be reached and chosen with the keyboard alone;
//! every choice has its label, and the state is told in words.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Request, Response, StatusCode};

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The scenario's name.
    pub value: String,
    /// What happens, for people.
    pub label: String,
}

/// A page about one session object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Whose page it is.
    pub vendor: &'static str,
    /// The object's id.
    pub object: String,
    /// What is true of it: label and value.
    pub state: Vec<(String, String)>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// Whether it is over, so that nothing can be chosen.
    pub ended: bool,
}

/// The name of the form's one field.
const FIELD: &str = "scenario";

const STYLE: &str = "\
:root{color-scheme:light dark;--paper:light-dark(#f4f5f7,#131519);--card:light-dark(#fff,#1d2026);\
--ink:light-dark(#16181d,#eceef2);--faint:light-dark(#565d6b,#a4adbc);--line:light-dark(#d3d8e0,#3a404b);\
--blue:light-dark(#1d4ed8,#8fb4ff);--tint:light-dark(#e8eefc,#232e47)}\
html{scroll-padding-bottom:6rem}*{box-sizing:border-box}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:var(--paper);color:var(--ink)}\
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 0}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}\
.note{border-left:.25rem solid #d97706;background:var(--card);padding:.6rem .9rem;margin:0 0 1rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:0 0 1.2rem}\
dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}\
fieldset{border:1px solid var(--line);border-radius:.6rem;background:var(--card);margin:0;padding:.3rem .5rem .5rem;min-width:0}\
legend{font-weight:600;padding:0 .4rem}\
label{display:grid;grid-template-columns:max-content 1fr;gap:0 .7rem;padding:.45rem .6rem;border-radius:.4rem;cursor:pointer}\
label:hover,label:has(:checked){background:var(--tint)}\
label:has(:focus-visible){outline:.16rem solid var(--blue);outline-offset:-.1rem}\
input:focus-visible{outline:none}\
input{accent-color:var(--blue);width:1.05rem;height:1.05rem;margin:.25rem 0 0;grid-row:span 2}\
code{font-size:.85rem;overflow-wrap:anywhere}\
label code{color:var(--faint);grid-column:2}\
.bar{position:sticky;bottom:0;background:var(--paper);padding:.9rem 0 1.1rem}\
button{font:inherit;font-weight:600;padding:.6rem 1.4rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}\
button:hover{background:#1e40af}\
button:focus-visible{outline:.2rem solid #f59e0b;outline-offset:.15rem}";

impl Page {
    /// The page, as the answer to a browser.
    #[must_use]
    pub fn answer(&self) -> Response<Bytes> {
        let mut body = format!(
            "<h1>{vendor}, simulated</h1>\n\
             <p class=\"note\">Nobody is verified here. Choose what is to happen to this session, as if you were the person and the \
             vendor together.</p>\n<dl>\n<dt>Session</dt><dd><code>{object}</code></dd>\n",
            vendor = escaped(self.vendor),
            object = escaped(&self.object),
        );
        for (label, value) in &self.state {
            let (label, value) = (escaped(label), escaped(value));
            let _ = writeln!(body, "<dt>{label}</dt><dd>{value}</dd>");
        }
        body.push_str("</dl>\n");
        if self.ended {
            body.push_str(
                "<p role=\"status\">This session is over: nothing can be chosen any more.</p>\n",
            );
        } else {
            body.push_str("<form method=\"post\">\n<fieldset>\n<legend>What happens?</legend>\n");
            for (index, choice) in self.choices.iter().enumerate() {
                let (value, label) = (escaped(&choice.value), escaped(&choice.label));
                let checked = if index == 0 { " checked" } else { "" };
                let _ = writeln!(
                    body,
                    "<label for=\"c{index}\"><input type=\"radio\" id=\"c{index}\" name=\"{FIELD}\" value=\"{value}\" required{checked}>\
                     <span>{label}</span> <code>{value}</code></label>"
                );
            }
            body.push_str(
                "</fieldset>\n<div class=\"bar\"><button type=\"submit\">Let it happen</button></div>\n</form>\n",
            );
        }
        let title = format!("{}, simulated", self.vendor);
        html(StatusCode::OK, &title, &body)
    }
}

/// The scenario of a form that was sent. None if there is none in it.
#[must_use]
pub fn chosen(request: &Request<Bytes>) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.body());
    let value = pairs.find_map(|(name, value)| (name == FIELD).then(|| value.into_owned()))?;
    Some(value).filter(|value| !value.is_empty())
}

/// After the choice: back to the application, or a page that says that it is under way.
#[must_use]
pub fn thanks(return_url: Option<&str>) -> Response<Bytes> {
    if let Some(location) = return_url.and_then(|url| HeaderValue::from_str(url).ok()) {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        response.headers_mut().insert(LOCATION, location);
        return response;
    }
    let body = "<h1>Thank you</h1>\n<p role=\"status\">It is under way. The webhooks tell how it ends. You can close this page.</p>\n";
    html(StatusCode::OK, "Thank you", body)
}

/// A page that cannot be shown: of no session, or one that was used up.
#[must_use]
pub fn gone(why: &str) -> Response<Bytes> {
    let body = format!("<h1>This page is not there</h1>\n<p>{}</p>\n", escaped(why));
    html(StatusCode::NOT_FOUND, "Not there", &body)
}

fn html(status: StatusCode, title: &str, body: &str) -> Response<Bytes> {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escaped(title)
    );
    let mut response = Response::new(Bytes::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // A form may lead back to the application, wherever it is.
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ended: bool) -> String {
        let choice = |value: &str, label: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
        };
        let page = Page {
            vendor: "Acme Checks",
            object: "vs_<1>".to_owned(),
            state: vec![("Status".to_owned(), "requires_input".to_owned())],
            choices: vec![
                choice("verified", "Passed"),
                choice("a\"b", "Failed & left"),
            ],
            ended,
        };
        String::from_utf8(page.answer().body().to_vec()).unwrap()
    }

    #[test]
    fn every_choice_has_a_label_and_nothing_breaks_out_of_the_page() {
        let open = page(false);
        assert_eq!(open.matches("<label for=").count(), 2);
        assert_eq!(open.matches(" checked").count(), 1);
        assert!(open.contains("vs_&lt;1&gt;") && open.contains("value=\"a&quot;b\""));
        assert!(open.contains("Failed &amp; left") && open.contains("lang=\"en\""));
        assert!(!open.contains("<script") && !open.contains("http://"));
        assert!(!page(true).contains("<form"));
    }

    #[test]
    fn the_form_says_what_was_chosen() {
        let form = |body: &'static str| Request::new(Bytes::from(body));
        assert_eq!(chosen(&form("scenario=a%22b")).as_deref(), Some("a\"b"));
        assert_eq!(chosen(&form("scenario=")), None);
        assert_eq!(chosen(&form("other=1")), None);
        assert_eq!(
            thanks(Some("http://app/back")).headers()["location"],
            "http://app/back"
        );
        assert_eq!(thanks(None).status(), StatusCode::OK);
        assert_eq!(gone("No <b>").status(), StatusCode::NOT_FOUND);
    }
}
