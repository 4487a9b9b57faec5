//! Screenings: reading them, and deciding on them.

use serde_json::{Map, Value, json};

use super::api::Call;
use super::fault::Fault;
use super::fields::Fields;
use crate::plaid::screening::{Review, Screening, attempt_id};

const ID: &str = "watchlist_screening_id";

impl Call<'_> {
    pub(super) fn get_screening(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let fields = Fields::of(body, &[ID], &[])?;
        Ok(self.screening(&fields)?.object())
    }

    /// There is one hit at most, so there is one page.
    pub(super) fn list_hits(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let fields = Fields::of(body, &[ID], &["cursor"])?;
        let hits = self.screening(&fields)?.hits();
        Ok(json!({ "next_cursor": null, "watchlist_screening_hits": hits }))
    }

    pub(super) fn update_screening(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let known = [
            "search_terms",
            "assignee",
            "status",
            "client_user_id",
            "reset_fields",
        ];
        let fields = Fields::of(body, &[ID], &known)?;
        let id = self.screening(&fields)?.id().to_owned();
        let status = fields.text("status")?;
        if fields.object("search_terms")?.is_some() {
            return Err(Fault::field(if status.is_some() {
                "status and search_terms cannot be updated together"
            } else {
                "search_terms of a screening that an identity verification made cannot be updated"
            }));
        }
        let status = match status {
            None => None,
            Some("cleared") => Some("cleared"),
            Some("rejected") => Some("rejected"),
            Some("pending_review") => Some("pending_review"),
            Some(_) => {
                return Err(Fault::field(
                    "status must be cleared, rejected or pending_review",
                ));
            }
        };
        if let Some(status) = status {
            let source = "api";
            let now = self.now_unix_secs();
            let object = attempt_id(&id);
            let attempt = self.state.attempts.get_mut(&object);
            let events = attempt.map(|attempt| attempt.review(Review { status, source }, now));
            let events = events.and_then(Result::ok);
            let name = self.environment.name;
            self.state.send(name, &object, events.into_iter().flatten());
        }
        Ok(self.screening(&fields)?.object())
    }

    /// The vendor does not publish its code for a screening nobody knows.
    fn screening(&self, fields: &Fields<'_>) -> Result<&Screening, Fault> {
        let id = fields.wanted_text(ID)?;
        let attempt = self.state.attempts.get(&attempt_id(id));
        let screening = attempt.and_then(|attempt| attempt.screening());
        screening
            .filter(|screening| screening.id() == id)
            .ok_or_else(|| Fault::field("watchlist_screening_id does not belong to a screening"))
    }
}
