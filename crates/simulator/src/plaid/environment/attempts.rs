//! Making attempts, and reading them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_core::json;
use serde_json::{Map, Value, json};

use super::api::Call;
use super::fault::Fault;
use super::fields::Fields;
use super::magic;
use crate::Begun;
use crate::plaid::{Attempt, Step, Template, input, person};

/// Members of `user` in a request.
const USER: [&str; 7] = [
    "email_address",
    "phone_number",
    "date_of_birth",
    "name",
    "address",
    "id_number",
    "ip_address",
];

/// What a new attempt is made of.
pub(super) struct Wanted {
    pub(super) client_user_id: String,
    pub(super) user_id: Option<String>,
    pub(super) template: Template,
    pub(super) user: Map<String, Value>,
    pub(super) is_shareable: bool,
    pub(super) gave_consent: bool,
}

impl Call<'_> {
    pub(super) fn create(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        // The file lists `gave_consent` as required; later ones, and the vendor's own examples, do without.
        let fields = Fields::of(
            body,
            &["template_id", "is_shareable"],
            &[
                "gave_consent",
                "client_user_id",
                "user_id",
                "user",
                "is_idempotent",
                // Newer than the vendor's file.
                "language",
            ],
        )?;
        let template = self.template(fields.wanted_text("template_id")?)?;
        let mut user = fields.object("user")?.cloned().unwrap_or_default();
        // A place where it was once: `user.client_user_id`.
        let of_user = user.remove("client_user_id");
        let of_user = of_user.as_ref().and_then(Value::as_str);
        let client_user_id = fields.text("client_user_id")?.or(of_user);
        let user_id = fields.text("user_id")?;
        let (client_user_id, user_id) = self.whose(client_user_id, user_id)?;
        if user_id.is_some() && !user.is_empty() {
            return Err(Fault::field("user must be left out with a user_id"));
        }
        check_user(&user)?;
        let is_idempotent = fields.flag("is_idempotent")?.unwrap_or(false);
        let wanted = Wanted {
            user,
            client_user_id,
            user_id,
            is_shareable: fields.flag("is_shareable")?.unwrap_or(false),
            gave_consent: fields.flag("gave_consent")?.unwrap_or(false),
            template,
        };
        match self.latest(&wanted.client_user_id, &wanted.template.id) {
            Some(id) if is_idempotent => self.shown(&id),
            // The vendor does not publish its code for this.
            Some(_) => Err(Fault::field(
                "an identity verification of this person with this template exists; use /identity_verification/retry",
            )),
            None => {
                let id = self.make(wanted);
                self.begin(&id);
                self.shown(&id)
            }
        }
    }

    pub(super) fn get(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let fields = Fields::of(body, &["identity_verification_id"], &[])?;
        self.shown(fields.wanted_text("identity_verification_id")?)
    }

    /// The vendor publishes neither the order nor the size of a page. Here the newest come first.
    pub(super) fn list(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let known = ["client_user_id", "user_id", "cursor"];
        let fields = Fields::of(body, &["template_id"], &known)?;
        let template = self.template(fields.wanted_text("template_id")?)?;
        let whose = (fields.text("client_user_id")?, fields.text("user_id")?);
        let (client_user_id, _) = self.whose(whose.0, whose.1)?;
        let offset = match fields.text("cursor")? {
            Some(cursor) => offset(cursor)?,
            None => 0,
        };
        let attempts = self.state.attempts_of(&client_user_id).rev();
        let page_size = self.environment.options.page_size;
        let mut ids: Vec<_> = attempts
            .filter(|attempt| attempt.template().id == template.id)
            .map(|attempt| attempt.id().to_owned())
            .skip(offset)
            .take(page_size + 1)
            .collect();
        let next = (ids.len() > page_size).then(|| cursor(offset + page_size));
        ids.truncate(page_size);
        let shown: Result<Vec<_>, _> = ids.iter().map(|id| self.shown(id)).collect();
        Ok(json!({ "identity_verifications": shown?, "next_cursor": next }))
    }

    /// What the vendor knows of a person by phone number and date of birth. In the sandbox there is one.
    pub(super) fn autofill(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let fields = Fields::of(body, &["identity_verification_id"], &[])?;
        let attempt = self.attempt(fields.wanted_text("identity_verification_id")?)?;
        let her = person::leslie_knope();
        let is_hers = ["phone_number", "date_of_birth"]
            .iter()
            .all(|name| attempt.user().get(*name) == her.get(*name));
        if !is_hers {
            return Ok(json!({ "status": "failed", "user": null }));
        }
        let mut address = her.get("address").cloned().unwrap_or_default();
        if let Some(members) = address.as_object_mut() {
            members.insert("po_box".to_owned(), "no".into());
            members.insert("type".to_owned(), "residential".into());
        }
        let user = json!({ "address": address, "id_number": her.get("id_number"), "name": her.get("name") });
        Ok(json!({ "status": "success", "user": user }))
    }

    /// The vendor does not publish its code for a template nobody knows.
    pub(super) fn template(&self, id: &str) -> Result<Template, Fault> {
        let template = self.state.templates.get(id).cloned();
        template.ok_or_else(|| Fault::field("template_id does not belong to a template"))
    }

    /// The newest attempt of a person with a template.
    pub(super) fn latest(&self, client_user_id: &str, template_id: &str) -> Option<String> {
        let mut attempts = self.state.attempts_of(client_user_id).rev();
        let found = attempts.find(|attempt| attempt.template().id == template_id)?;
        Some(found.id().to_owned())
    }

    /// Makes an attempt. Nothing happens to it yet.
    pub(super) fn make(&mut self, wanted: Wanted) -> String {
        let id = self.state.ids.word("idv_", 14);
        let mut attempt = Attempt::of_template(
            id.clone(),
            wanted.client_user_id,
            wanted.template,
            self.now_unix_secs(),
        );
        if !self.environment.options.runs_selfies {
            attempt.ask_for(Step::SelfieCheck, false);
        }
        if wanted.gave_consent {
            attempt.consent_was_given();
        }
        let known = wanted
            .user_id
            .as_ref()
            .and_then(|id| self.state.users.get(id));
        let user = known.map_or(wanted.user, |user| user.identity.clone());
        // An active attempt takes in data.
        let _ = attempt.enter(&whole(user));
        attempt.set_user_id(wanted.user_id);
        let key = self.state.ids.hex("page");
        attempt.set_page_key(wanted.is_shareable.then_some(key));
        self.state.insert(attempt);
        id
    }

    /// The scenario of a new attempt begins: the one it chooses, or, if nobody is needed in front of a screen, the vendor's
    /// judgement.
    pub(super) fn begin(&mut self, id: &str) {
        let Some(attempt) = self.state.attempts.get(id) else {
            return;
        };
        let before = std::iter::successors(attempt.previous_id(), |id| {
            self.state.attempts.get(*id).and_then(Attempt::previous_id)
        });
        let email = attempt.user().get("email_address").and_then(Value::as_str);
        let scenario = magic::chosen(email, attempt.client_user_id(), before.count())
            .or_else(|| runs_by_itself(attempt).then(|| "sandbox".to_owned()));
        let object = id.to_owned();
        self.state.begun.push(Begun { object, scenario });
    }
}

/// Whether data sources come first, and nobody has to say or do anything.
fn runs_by_itself(attempt: &Attempt) -> bool {
    attempt.needs_nobody() && attempt.under_way() == Some(Step::KycCheck)
}

pub(super) fn check_user(user: &Map<String, Value>) -> Result<(), Fault> {
    let unknown: Vec<_> = user
        .keys()
        .map(String::as_str)
        .filter(|name| !USER.contains(name))
        .collect();
    if !unknown.is_empty() {
        return Err(Fault::unknown_fields(&unknown));
    }
    input::check(user).map_err(Fault::field)
}

/// Answers have every part of an address, if they have one.
fn whole(mut user: Map<String, Value>) -> Map<String, Value> {
    if let Some(address) = user.get_mut("address").and_then(Value::as_object_mut) {
        for part in ["street", "street2", "city", "region", "postal_code"] {
            address.entry(part).or_insert(Value::Null);
        }
    }
    user
}

/// A cursor is opaque; the vendor's examples look like this.
fn cursor(offset: usize) -> String {
    STANDARD.encode(json!({ "direction": "next", "offset": offset }).to_string())
}

fn offset(cursor: &str) -> Result<usize, Fault> {
    let wrong = || Fault::field("cursor is not one that was handed out");
    let text = STANDARD.decode(cursor).map_err(|_| wrong())?;
    let cursor: Value = json::decode(&text).map_err(|_| wrong())?;
    let offset = cursor.get("offset").and_then(Value::as_u64);
    let offset = offset.and_then(|offset| usize::try_from(offset).ok());
    offset.ok_or_else(wrong)
}
