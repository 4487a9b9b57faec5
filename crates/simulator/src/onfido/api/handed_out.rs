//! Files about a run, and the addresses at which they are handed out without a token.

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::super::account::State;
use super::super::refusal::Refusal;
use super::super::written::{Kind, Written};
use super::call::Call;
use super::{Answer, empty, runs, with_type};
use crate::loopback::json_answer;

/// Where the file is. It is missing until it is written, and is written when the run has ended.
pub(super) fn redirect(state: &State, call: &Call<'_>, run: &str, file: &str) -> Answer {
    runs::present(state, run)?;
    let kind = match file {
        "signed_evidence_file" => Kind::SignedEvidence,
        "evidence_folder" => Kind::EvidenceFolder,
        id => Kind::Timeline(id.to_owned()),
    };
    let mut written = state.written.iter();
    let written = written.find(|w| w.run == run && w.kind == kind && w.is_ready(call.now));
    let written = written.ok_or_else(|| Refusal::not_found("File", file))?;
    let address = written.address(&state.site, &state.api_token, call.now);
    let mut response = empty(StatusCode::FOUND);
    if let Ok(value) = HeaderValue::from_str(&address) {
        response.headers_mut().insert(LOCATION, value);
    }
    Ok(response)
}

/// `POST /workflow_runs/{id}/timeline_file`: only of a run that has ended.
pub(super) fn create_timeline(state: &mut State, call: &Call<'_>, run: &str) -> Answer {
    if runs::present(state, run)?.is_open() {
        let problem = "the workflow run has not ended";
        return Err(Refusal::invalid_field("workflow_run_id", problem));
    }
    let id = state.ids.uuid();
    let href = state
        .site
        .api(&["workflow_runs", run, "timeline_file", &id]);
    let accepted = json!({ "workflow_timeline_file_id": id, "href": href });
    state.written.push(Written {
        kind: Kind::Timeline(id),
        run: run.to_owned(),
        ready_at: state.written_at(call.now),
        is_told: false,
    });
    Ok(json_answer(StatusCode::ACCEPTED, &accepted))
}

/// The file itself. No token is asked for: the address is one.
pub(super) fn answer(
    state: &State,
    call: &Call<'_>,
    name: &str,
) -> Result<Response<Bytes>, Refusal> {
    let expires = call.query("expires").unwrap_or_default();
    let signature = call.query("signature").unwrap_or_default();
    let secret = &state.api_token;
    let mut written = state.written.iter();
    let written = written.find(|file| file.is_at(secret, name, expires, signature, call.now));
    let written = written.ok_or_else(|| Refusal::forbidden("The address has expired"))?;
    let (media_type, content) = written.content(runs::present(state, &written.run)?);
    Ok(with_type(media_type, content))
}
