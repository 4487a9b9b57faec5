//! The hosted page of a run: `/l/{id}`.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use idv_core::Timestamp;

use super::super::account::State;
use super::call::Call;
use super::empty;
use crate::Begun;
use crate::page::{self, Page};

pub(super) fn answer(state: &mut State, call: &Call<'_>, run_id: &str) -> Response<Bytes> {
    let Some(run) = state.runs.get(run_id) else {
        return page::gone("There is no workflow run of this id.");
    };
    let link = run.link();
    let expires_at = link.expires_at.as_ref();
    let expires_at = expires_at.and_then(|time| time.parse::<Timestamp>().ok());
    if run.is_open() && expires_at.is_some_and(|at| at <= call.now) {
        return match &link.expired_redirect_url {
            Some(url) => page::thanks(Some(url)),
            None => page::gone("The link has expired."),
        };
    }
    match *call.method {
        Method::GET => show(state, run_id),
        Method::POST if run.is_open() => {
            let Some(scenario) = page::chosen(call.request) else {
                return show(state, run_id);
            };
            let answer = page::thanks(link.completed_redirect_url.as_deref());
            state.steered.insert(run_id.to_owned());
            state.begun.push(Begun {
                object: run_id.to_owned(),
                scenario: Some(scenario),
            });
            answer
        }
        Method::POST => show(state, run_id),
        _ => empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn show(state: &State, run_id: &str) -> Response<Bytes> {
    let Some(run) = state.runs.get(run_id) else {
        return page::gone("There is no workflow run of this id.");
    };
    let mut told = vec![("Status".to_owned(), run.status().to_owned())];
    if let Some(task) = run.current() {
        told.push(("Task under way".to_owned(), task.definition().to_owned()));
    }
    told.extend(run.tags().iter().map(|tag| ("Tag".to_owned(), tag.clone())));
    let page = Page {
        vendor: "Onfido",
        object: run_id.to_owned(),
        state: told,
        choices: state.choices.clone(),
        ended: !run.is_open(),
    };
    page.answer()
}
