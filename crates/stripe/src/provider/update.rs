//! Changing a session that the subject has not handed in.
//!
//! <https://docs.stripe.com/api/identity/verification_sessions/update>, read 2026-11-20.

use idv_core::{Error, ErrorKind, Purpose, SessionChange, SessionId, Snapshot, Status};

use super::StripeProvider;
use super::start::claimed;
use crate::client::{Form, failed, is_refusal};

const OPERATION: &str = "update_session";

impl StripeProvider {
    /// See [`idv_core::Update::update`].
    pub(super) async fn update_session(
        &self,
        session: &SessionId,
        change: &SessionChange,
    ) -> Result<Snapshot, Error> {
        let client = self.client(OPERATION)?;
        let form = self.changed(change)?;
        if form.is_empty() {
            return Ok(self.retrieve(client, session).await?.snapshot);
        }
        let failure = match client.update_session(session, form).await {
            Ok(answer) => return Ok(self.read(OPERATION, Some(session), &answer)?.snapshot),
            Err(failure) => failure.error,
        };
        if !is_refusal(&failure) {
            return Err(failure);
        }
        // How the vendor refuses to change a session is not published, so the session itself is asked.
        let now = self.retrieve(client, session).await?.snapshot;
        match now.mapped.status {
            Some(Status::AwaitingUser | Status::RetryRequired) => Err(failure),
            _ => {
                let message = "the session takes no change any more";
                let id = failure.vendor_request_id.clone();
                Err(failed(ErrorKind::Conflict, OPERATION, message).with_vendor_request_id(id))
            }
        }
    }

    fn changed(&self, change: &SessionChange) -> Result<Form, Error> {
        let mut form = Form::default();
        if let Some(kinds) = &change.document_kinds {
            // What the account allows holds for a change too.
            let words = self.allowed_documents(kinds, OPERATION)?;
            if words.is_empty() {
                // A list without members cannot be written: unset, it is every document.
                form.set("options[document][allowed_types]", "");
            } else {
                form.set_list("options[document][allowed_types]", &words);
            }
        }
        if let Some(person) = &change.person {
            let person = person.expose(Purpose::SendToVendor);
            if let Some(email) = claimed(&person.emails) {
                form.set("provided_details[email]", email);
            }
            if let Some(phone) = claimed(&person.phones) {
                form.set("provided_details[phone]", phone);
            }
        }
        Ok(form)
    }
}
