//! Pages a browser opens: that of an attempt, and that of a token for the vendor's SDK.

use bytes::Bytes;
use http::{Method, Request, Response};

use super::api::Call;
use crate::Begun;
use crate::page::{self, Page};
use crate::plaid::attempt::Status;

/// Answers a browser. None: it is no page that is asked for.
pub(super) fn answer(call: &mut Call<'_>, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let path = request.uri().path();
    if let Some(id) = path.strip_prefix("/verify/") {
        let key = request
            .uri()
            .query()
            .and_then(|query| query.strip_prefix("key="));
        let attempt = call.state.attempts.get(id);
        let is_theirs = attempt.is_some_and(|it| key.is_some() && it.page_key() == key);
        if !is_theirs {
            return Some(page::gone(
                "There is no such verification, or the key in the address is not its own.",
            ));
        }
        let id = id.to_owned();
        return Some(call.page(&id, None, request));
    }
    let token = path.strip_prefix("/link/link-")?;
    let token = call
        .state
        .link_tokens
        .get(&format!("link-{token}"))
        .cloned();
    let opened = token.as_ref().and_then(|token| call.opened_by(token));
    let (Some(token), Some(id)) = (token, opened) else {
        return Some(page::gone("There is no such link token."));
    };
    Some(call.page(&id, token.return_url.as_deref(), request))
}

impl Call<'_> {
    fn page(
        &mut self,
        id: &str,
        return_url: Option<&str>,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let name = self.environment.name;
        let Some(attempt) = self.state.attempts.get_mut(id) else {
            return page::gone("There is no such verification.");
        };
        let events = attempt.open();
        let is_active = attempt.status() == Status::Active;
        let step = attempt.under_way().map_or("none", |step| step.word());
        let state = [
            ("Status", attempt.status().word()),
            ("Step under way", step),
            ("Template", attempt.template().id.as_str()),
        ];
        let state = state.map(|(label, value)| (label.to_owned(), value.to_owned()));
        self.state.send(name, id, events);
        if request.method() == Method::POST && is_active {
            let chosen = page::chosen(request);
            let known = chosen.filter(|chosen| {
                let mut choices = self.state.choices.iter();
                choices.any(|choice| choice.value == *chosen)
            });
            if let Some(scenario) = known {
                let (object, scenario) = (id.to_owned(), Some(scenario));
                self.state.begun.push(Begun { object, scenario });
                return page::thanks(return_url);
            }
        }
        Page {
            vendor: "Plaid Identity Verification",
            object: id.to_owned(),
            state: state.into(),
            choices: self.state.choices.clone(),
            ended: !is_active,
        }
        .answer()
    }
}
