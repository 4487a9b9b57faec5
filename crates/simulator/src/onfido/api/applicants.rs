//! `/applicants`.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::account::State;
use super::super::applicant::Applicant;
use super::super::refusal::Refusal;
use super::call::Call;
use super::fields::Checked;
use super::list::Page;
use super::{Answer, empty};
use crate::loopback::json_answer;

/// The applicant of this id, unless there is none or a deletion was asked for.
pub(super) fn present<'a>(state: &'a State, id: &str) -> Result<&'a Applicant, Refusal> {
    let applicant = state.applicants.get(id);
    let applicant = applicant.ok_or_else(|| Refusal::not_found("Applicant", id))?;
    if applicant.is_deleted() {
        return Err(Refusal::gone());
    }
    Ok(applicant)
}

/// Newest first; those to be deleted only on request.
pub(super) fn list(state: &State, call: &Call<'_>) -> Answer {
    let page = Page::of(call, true)?;
    let with_deleted = call.query("include_deleted") == Some("true");
    let shown = state.applicants.iter().rev();
    let shown = shown.filter(|applicant| with_deleted || !applicant.is_deleted());
    let shown: Vec<Value> = shown.map(|a| a.object(state.is_sandbox)).collect();
    let total = shown.len();
    let body = json!({ "applicants": page.cut(shown) });
    Ok(page.answer(state, call, total, &body))
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let body = call.object()?;
    let mut checked = Checked::new(&body);
    checked.required("first_name");
    checked.required("last_name");
    checked.applicant();
    checked.fields.finish()?;
    let id = state.ids.uuid();
    let applicant = Applicant::new(id.clone(), &body, call.now_unix_secs());
    let answer = json_answer(StatusCode::CREATED, &applicant.object(state.is_sandbox));
    state.applicants.insert(id, applicant);
    Ok(answer)
}

pub(super) fn find(state: &State, id: &str) -> Answer {
    let applicant = present(state, id)?;
    Ok(json_answer(
        StatusCode::OK,
        &applicant.object(state.is_sandbox),
    ))
}

pub(super) fn update(state: &mut State, call: &Call<'_>, id: &str) -> Answer {
    present(state, id)?;
    let body = call.object()?;
    let mut checked = Checked::new(&body);
    for name in ["first_name", "last_name"] {
        if body.contains_key(name) {
            checked.required(name);
        }
    }
    checked.applicant();
    checked.fields.finish()?;
    let is_sandbox = state.is_sandbox;
    let applicant = state.applicants.get_mut(id);
    let applicant = applicant.ok_or_else(|| Refusal::not_found("Applicant", id))?;
    applicant.update(&body, call.now_unix_secs());
    Ok(json_answer(StatusCode::OK, &applicant.object(is_sandbox)))
}

pub(super) fn delete(state: &mut State, call: &Call<'_>, id: &str) -> Answer {
    present(state, id)?;
    let gone = |_| Refusal::gone();
    state.delete_applicant(id, call.now).map_err(gone)?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// What was never deleted cannot be restored. An old client has the problem as one text in the place of the fields; here it
/// is laid out as the vendor's OpenAPI file says.
pub(super) fn restore(state: &mut State, call: &Call<'_>, id: &str) -> Answer {
    if state.applicants.get(id).is_none() {
        return Err(Refusal::not_found("Applicant", id));
    }
    match state.restore_applicant(id, call.now) {
        Ok(()) => Ok(empty(StatusCode::NO_CONTENT)),
        Err(_) if state.applicants.get(id).is_some_and(Applicant::is_deleted) => {
            Err(Refusal::gone())
        }
        Err(_) => Err(Refusal::invalid_field(
            "applicant_id",
            "the applicant is not scheduled for deletion",
        )),
    }
}

pub(super) fn consents(state: &State, id: &str) -> Answer {
    let applicant = present(state, id)?;
    Ok(json_answer(StatusCode::OK, &applicant.consents()))
}
