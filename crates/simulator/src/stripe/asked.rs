//! What a session was made for.

use serde_json::{Map, Value, json};

use super::check::Check;
use super::params::Params;

/// The type of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    IdNumber,
    Flow,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::IdNumber => "id_number",
            Self::Flow => "verification_flow",
        }
    }
}

/// What the application asked for when it made a session, or changed it later.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) kind: Kind,
    /// The flow of the dashboard by which it was made.
    pub(super) flow: Option<String>,
    pub(super) allowed_types: Vec<String>,
    /// `require_id_number`, `require_live_capture`, `require_matching_selfie`: what was said of each.
    requirements: Vec<(&'static str, bool)>,
    /// Whether the options have a part about documents.
    has_document_options: bool,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) return_url: Option<String>,
    pub(super) related_customer: Option<String>,
    pub(super) related_customer_account: Option<String>,
    /// Account and person.
    pub(super) related_person: Option<(String, String)>,
}

const REQUIREMENTS: [&str; 3] = [
    "require_id_number",
    "require_live_capture",
    "require_matching_selfie",
];

impl Asked {
    /// A document, compared with a selfie.
    pub(super) fn document_and_selfie() -> Self {
        Self {
            requirements: vec![("require_matching_selfie", true)],
            has_document_options: true,
            ..Self::of_kind(Kind::Document)
        }
    }

    fn of_kind(kind: Kind) -> Self {
        Self {
            kind,
            flow: None,
            allowed_types: Vec::new(),
            requirements: Vec::new(),
            has_document_options: false,
            email: None,
            phone: None,
            return_url: None,
            related_customer: None,
            related_customer_account: None,
            related_person: None,
        }
    }

    /// From the parameters of a call that makes a session; they have been checked.
    pub(super) fn new(params: &Params) -> Self {
        let text = |name: &str| params.set(name).map(str::to_owned);
        let flow = text("verification_flow");
        let kind = if flow.is_some() {
            Kind::Flow
        } else {
            Kind::Document
        };
        let related = (
            text("related_person[account]"),
            text("related_person[person]"),
        );
        let mut asked = Self {
            flow,
            return_url: text("return_url"),
            related_customer: text("related_customer"),
            related_customer_account: text("related_customer_account"),
            related_person: related.0.zip(related.1),
            ..Self::of_kind(kind)
        };
        asked.change(params);
        asked
    }

    /// Takes over what a call sends of the rest.
    pub(super) fn change(&mut self, params: &Params) {
        match params.set("type") {
            Some("id_number") => self.kind = Kind::IdNumber,
            Some("document") => self.kind = Kind::Document,
            _ => {}
        }
        let of_document = |name: &str| format!("options[document][{name}]");
        if params.text("options[document]") == Some("") {
            self.allowed_types.clear();
            self.requirements.clear();
            self.has_document_options = false;
        }
        if params.has(&of_document("allowed_types")) {
            self.allowed_types = params.list(&of_document("allowed_types"));
            self.has_document_options = true;
        }
        for name in REQUIREMENTS {
            if let Some(is_required) = params.flag(&of_document(name)) {
                self.requirements.retain(|(known, _)| *known != name);
                self.requirements.push((name, is_required));
                self.has_document_options = true;
            }
        }
        for (name, value) in [("email", &mut self.email), ("phone", &mut self.phone)] {
            if let Some(given) = params.text(&format!("provided_details[{name}]")) {
                *value = Some(given.to_owned()).filter(|given| !given.is_empty());
            }
        }
    }

    fn requires(&self, name: &str) -> bool {
        self.requirements
            .iter()
            .any(|(known, is_required)| *known == name && *is_required)
    }

    /// Forgets what the application said of the person.
    pub(super) fn forget(&mut self) {
        (self.email, self.phone) = (None, None);
    }

    /// What is checked. A flow is made in the dashboard, where a stand-in cannot look: its id names the checks, as in
    /// `vf_document_selfie_email_phone`. One whose id names none has a document, a selfie, an e-mail address and a
    /// phone number.
    pub(super) fn checks(&self) -> Vec<Check> {
        match (self.kind, &self.flow) {
            (Kind::Document, _) => {
                let mut checks = vec![Check::Document];
                checks.extend(
                    self.requires("require_matching_selfie")
                        .then_some(Check::Selfie),
                );
                checks.extend(
                    self.requires("require_id_number")
                        .then_some(Check::IdNumber),
                );
                checks
            }
            (Kind::IdNumber, _) => vec![Check::IdNumber],
            (Kind::Flow, flow) => {
                let flow = flow.as_deref().unwrap_or_default();
                let is_named = |check: &Check| {
                    flow.split_once('_').is_some_and(|(_, rest)| {
                        format!("_{rest}_").contains(&format!("_{}_", check.word()))
                    })
                };
                let named: Vec<_> = Check::ALL.into_iter().filter(is_named).collect();
                if named.is_empty() {
                    vec![Check::Document, Check::Selfie, Check::Email, Check::Phone]
                } else {
                    named
                }
            }
        }
    }

    fn document_options(&self) -> Value {
        let mut options = Map::new();
        if !self.allowed_types.is_empty() {
            options.insert("allowed_types".to_owned(), json!(self.allowed_types));
        }
        for (name, is_required) in &self.requirements {
            options.insert((*name).to_owned(), json!(is_required));
        }
        Value::Object(options)
    }

    /// The options as a session shows them.
    pub(super) fn session_options(&self) -> Value {
        let mut options = Map::new();
        if self.has_document_options {
            options.insert("document".to_owned(), self.document_options());
        }
        if self.kind == Kind::Flow {
            let checks = self.checks();
            for check in [Check::Email, Check::Phone] {
                if checks.contains(&check) {
                    options.insert(
                        check.word().to_owned(),
                        json!({ "require_verification": true }),
                    );
                }
            }
        }
        Value::Object(options)
    }

    /// The options as a report shows them.
    pub(super) fn report_options(&self) -> Value {
        match self.kind {
            Kind::IdNumber => json!({ "id_number": {} }),
            Kind::Document | Kind::Flow => json!({ "document": self.document_options() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use super::*;

    fn params(body: &str) -> Params {
        Params::of(
            &Request::post("/")
                .body(Bytes::from(body.to_owned()))
                .unwrap(),
        )
    }

    #[test]
    fn what_is_checked_follows_from_what_was_asked() {
        use Check::{Document, Email, IdNumber, Phone, Selfie};
        for (body, checks) in [
            ("type=document", vec![Document]),
            (
                "type=document&options[document][require_matching_selfie]=true&options[document][require_id_number]=true",
                vec![Document, Selfie, IdNumber],
            ),
            (
                "type=document&options[document][require_matching_selfie]=false",
                vec![Document],
            ),
            ("type=id_number", vec![IdNumber]),
            (
                "verification_flow=vf_id_number_phone",
                vec![IdNumber, Phone],
            ),
            (
                "verification_flow=vf_1Abc",
                vec![Document, Selfie, Email, Phone],
            ),
        ] {
            assert_eq!(Asked::new(&params(body)).checks(), checks, "{body}");
        }
    }

    #[test]
    fn options_are_shown_as_they_were_set_and_unset() {
        let mut asked = Asked::new(&params("type=document"));
        assert_eq!(asked.session_options(), json!({}));
        asked.change(&params(
            "options[document][allowed_types][]=passport&options[document][require_live_capture]=true",
        ));
        let document = json!({ "allowed_types": ["passport"], "require_live_capture": true });
        assert_eq!(asked.session_options(), json!({ "document": document }));
        asked.change(&params("options[document]=&type=id_number"));
        assert_eq!(asked.session_options(), json!({}));
        assert_eq!(asked.report_options(), json!({ "id_number": {} }));
    }
}
