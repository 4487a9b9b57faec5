//! What goes on, as it happens: a line for each call, each thing that happens at a vendor, and each attempt to deliver.
//!
//! Ids, words and statuses only: a body may be full of a person, even of one who was made up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use idv_core::{Clock as _, SystemClock, Timestamp, label};
use idv_simulator::chaos::{CallFault, DeliveryFault};
use idv_simulator::scenario::Action;
use idv_simulator::{Delivered, Vendor, VendorKind, Watch};
use serde_json::{Map, Value};

use crate::terminal::{self, Ink, colours};

/// Tells a terminal, or a program.
pub(super) struct Narrator {
    vendors: BTreeMap<VendorKind, Arc<dyn Vendor>>,
    speed: u32,
    as_json: bool,
    colours: bool,
}

impl Narrator {
    pub(super) fn new(vendors: &[Arc<dyn Vendor>], speed: u32, as_json: bool) -> Self {
        let by_kind = |vendor: &Arc<dyn Vendor>| (vendor.kind(), Arc::clone(vendor));
        Self {
            vendors: vendors.iter().map(by_kind).collect(),
            speed: speed.max(1),
            as_json,
            colours: colours(&std::io::stdout()),
        }
    }

    fn say(&self, line: &Line) {
        let now = SystemClock.now();
        terminal::say(&match self.as_json {
            true => line.as_json(now),
            false => line.for_people(now, self.colours),
        });
    }

    /// When a webhook that was not taken comes again.
    fn again(&self, delivered: &Delivered) -> Option<Duration> {
        let vendor = self.vendors.get(&delivered.vendor)?;
        let delay = vendor.retry_delay(delivered.attempt);
        Some(delay.filter(|_| delivered.is_sent_again)? / self.speed)
    }
}

impl Watch for Narrator {
    fn answered(&self, vendor: VendorKind, request: &Request<Bytes>, response: &Response<Bytes>) {
        let object = object_of(response);
        let status = response.status();
        let ink = if status.is_success() || status.is_redirection() {
            Ink::Good
        } else {
            Ink::Bad
        };
        let (method, path) = (request.method().as_str(), printable(request.uri().path()));
        let mut line = Line::new(vendor, "call").about(object);
        line.result = Some((status.as_str().to_owned(), ink));
        line.text = format!("{method} {path}");
        line.member("method", method);
        line.member("path", path);
        line.member("status", status.as_u16());
        self.say(&line);
    }

    fn broken(&self, vendor: VendorKind, request: &Request<Bytes>, fault: CallFault) {
        let (method, path) = (request.method().as_str(), printable(request.uri().path()));
        let mut line = Line::new(vendor, "broken");
        line.text = format!("{method} {path}");
        line.note = format!("on purpose: {}", fault.as_word());
        line.member("method", method);
        line.member("path", path);
        line.member("fault", fault.as_word());
        self.say(&line);
    }

    fn began(&self, vendor: VendorKind, object: &str, scenario: Option<&str>) {
        let mut line = Line::new(vendor, "begins").about(Some(object.to_owned()));
        match scenario {
            Some(name) => line.text = format!("scenario {}", label(name)),
            None => "waits for its page".clone_into(&mut line.text),
        }
        line.member("scenario", scenario.map(label));
        self.say(&line);
    }

    fn played(&self, vendor: VendorKind, object: &str, action: &Action) {
        let mut line = Line::new(vendor, "happens").about(Some(object.to_owned()));
        line.text = label(&action.name);
        line.member("action", label(&action.name));
        self.say(&line);
    }

    fn delivered(&self, delivered: &Delivered) {
        let object = Some(delivered.outgoing.object.clone());
        let mut line = Line::new(delivered.vendor, "webhook").about(object);
        line.text = printable(&delivered.outgoing.event);
        let again = self.again(delivered);
        let ink = if delivered.is_taken {
            Ink::Good
        } else {
            Ink::Bad
        };
        let answer = delivered.status.map(|status| status.as_str().to_owned());
        line.result = Some((answer.unwrap_or_else(|| "---".to_owned()), ink));
        let mut notes = Vec::new();
        if let Some(fault) = delivered.fault {
            notes.push(format!("on purpose: {}", fault.as_word()));
        }
        if !delivered.is_taken {
            if delivered.status.is_none() {
                notes.push("no answer".to_owned());
            }
            let attempt = delivered.attempt;
            notes.push(format!("attempt {attempt}, {}", comes_again(again)));
        }
        line.note = notes.join(", ");
        line.member("event", printable(&delivered.outgoing.event));
        line.member("url", delivered.outgoing.url.as_str());
        line.member("attempt", delivered.attempt);
        line.member("status", delivered.status.map(|status| status.as_u16()));
        line.member("taken", delivered.is_taken);
        line.member("again_in_secs", again.map(|again| again.as_secs()));
        line.member("fault", delivered.fault.map(DeliveryFault::as_word));
        self.say(&line);
    }

    fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        let mut line = Line::new(vendor, "stuck").about(Some(object.to_owned()));
        line.note = printable(why);
        line.member("why", printable(why));
        self.say(&line);
    }
}

/// What becomes of a webhook that was not taken.
fn comes_again(again: Option<Duration>) -> String {
    again.map_or_else(
        || "given up".to_owned(),
        |again| format!("again in {}", span(again)),
    )
}

/// One thing that is told.
struct Line {
    vendor: VendorKind,
    kind: &'static str,
    object: Option<String>,
    result: Option<(String, Ink)>,
    text: String,
    note: String,
    members: Map<String, Value>,
}

impl Line {
    fn new(vendor: VendorKind, kind: &'static str) -> Self {
        Self {
            vendor,
            kind,
            object: None,
            result: None,
            text: String::new(),
            note: String::new(),
            members: Map::new(),
        }
    }

    fn about(mut self, object: Option<String>) -> Self {
        self.object = object.map(|object| printable(&object));
        self
    }

    fn member(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }

    fn as_json(&self, now: Timestamp) -> String {
        let mut all = Map::new();
        all.insert("at".to_owned(), now.to_string().into());
        all.insert("kind".to_owned(), self.kind.into());
        all.insert("vendor".to_owned(), self.vendor.as_word().into());
        all.insert("object".to_owned(), self.object.clone().into());
        all.extend(self.members.clone());
        Value::Object(all).to_string()
    }

    fn for_people(&self, now: Timestamp, colours: bool) -> String {
        let time = now.to_string();
        let time = Ink::Faint.paint(time.get(11..19).unwrap_or(&time), colours);
        let (vendor, kind) = (self.vendor.as_word(), self.kind);
        let result = match &self.result {
            Some((word, ink)) => ink.paint(word, colours),
            None => "   ".to_owned(),
        };
        let mut line = format!("{time}  {vendor:6}  {kind:7}  {result}  {}", self.text);
        let paint = |text: &str, ink: Ink| format!("  {}", ink.paint(text, colours));
        if let Some(object) = self
            .object
            .as_ref()
            .filter(|object| !self.text.contains(*object))
        {
            line.push_str(&paint(object, Ink::Faint));
        }
        if !self.note.is_empty() {
            line.push_str(&paint(&self.note, Ink::Waiting));
        }
        line
    }
}

/// The id of the object an answer holds.
fn object_of(response: &Response<Bytes>) -> Option<String> {
    let object: Map<String, Value> = idv_core::json::decode(response.body()).ok()?;
    object.get("id")?.as_str().map(str::to_owned)
}

/// More than any path or event of a vendor has.
const MAX_CHARS: usize = 160;

/// What comes from outside steers no terminal and fills no screen.
fn printable(text: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    text.chars().take(MAX_CHARS).map(safe).collect()
}

/// A span in the largest unit that fits it whole.
fn span(span: Duration) -> String {
    match span.as_secs() {
        0 => format!("{} ms", span.as_millis()),
        secs if secs % 3_600 == 0 => format!("{} h", secs / 3_600),
        secs if secs % 60 == 0 => format!("{} min", secs / 60),
        secs => format!("{secs} s"),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use idv_simulator::Outgoing;

    use super::*;

    const AT: Timestamp = Timestamp::from_unix_secs(1_795_200_180);

    #[test]
    fn a_line_is_for_people_or_for_programs() {
        let mut line = Line::new(VendorKind::Stripe, "call").about(Some("vs_1".to_owned()));
        line.text = "POST /v1/sessions".to_owned();
        line.result = Some(("200".to_owned(), Ink::Good));
        line.member("status", 200);
        assert_eq!(
            line.for_people(AT, false),
            "18:43:00  stripe  call     200  POST /v1/sessions  vs_1"
        );
        assert_eq!(
            line.as_json(AT),
            r#"{"at":"2026-11-20T18:43:00Z","kind":"call","object":"vs_1","status":200,"vendor":"stripe"}"#
        );
    }

    #[test]
    fn what_comes_from_outside_steers_no_terminal() {
        assert_eq!(printable("/a\u{1b}[31m\n"), "/a?[31m?");
        assert_eq!(printable(&"a".repeat(1_000)).len(), MAX_CHARS);
    }

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        let told = [7_200, 120, 90].map(|secs| span(Duration::from_secs(secs)));
        assert_eq!(told, ["2 h", "2 min", "90 s"]);
        assert_eq!(span(Duration::from_millis(250)), "250 ms");
    }

    #[test]
    fn an_answer_without_an_object_names_none() {
        let answer = |body: &'static [u8]| Response::new(Bytes::from_static(body));
        assert_eq!(
            object_of(&answer(br#"{"id":"vs_1"}"#)).as_deref(),
            Some("vs_1")
        );
        assert_eq!(object_of(&answer(b"<html>")), None);
        assert_eq!(object_of(&answer(b"[]")), None);
    }

    #[test]
    fn a_webhook_that_was_not_taken_says_whether_it_comes_again() {
        let stand_in = crate::simulate::stand_in(VendorKind::Stripe);
        let usual = stand_in.retry_delay(1).unwrap();
        let narrator = Narrator::new(&[stand_in], 10, false);
        let again = |is_sent_again| {
            let delivered = Delivered {
                vendor: VendorKind::Stripe,
                outgoing: Outgoing {
                    object: "vs_1".to_owned(),
                    event: "verified".to_owned(),
                    endpoint: "we_1".to_owned(),
                    url: "http://localhost/".to_owned(),
                    body: Bytes::new(),
                },
                attempt: 1,
                status: Some(StatusCode::UNAUTHORIZED),
                is_taken: false,
                is_sent_again,
                fault: None,
            };
            narrator.again(&delivered)
        };
        assert_eq!(again(true), Some(usual / 10), "ten times as fast");
        assert_eq!(again(false), None);
        assert_eq!(
            comes_again(Some(Duration::from_secs(120))),
            "again in 2 min"
        );
        assert_eq!(comes_again(None), "given up");
    }
}
