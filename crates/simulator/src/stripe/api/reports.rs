//! `/v1/identity/verification_reports`.

use serde_json::Value;

use super::Call;
use crate::stripe::accepted::{Kind, Param, TEXT};
use crate::stripe::account::State;
use crate::stripe::refusal::Refusal;
use crate::stripe::report::Report;
use crate::stripe::session::Session;
use crate::stripe::shelf::is_within;

pub(super) const LIST: &[Param] = &[
    Param::new("client_reference_id", TEXT),
    Param::new("created", Kind::Times),
    Param::new("type", Kind::Word(&["document", "id_number"])),
    Param::new("verification_session", TEXT),
];

const WHAT: &str = "VerificationReport";

fn found<'a>(state: &'a State, id: &str) -> Option<(&'a Session, &'a Report)> {
    let session = state.sessions.get(state.reports.get(id)?)?;
    let report = session.reports().iter().find(|report| report.id == id)?;
    Some((session, report))
}

pub(super) fn retrieve(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let found = found(state, id);
    let (session, report) = found.ok_or_else(|| Refusal::no_such(WHAT, id, "report"))?;
    Ok(session.report_object(report, &call.expansions, call.now_unix_secs()))
}

pub(super) fn list(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    let is = |name: &str, value: Option<&str>| {
        params.text(name).is_none_or(|wanted| value == Some(wanted))
    };
    let ids: Vec<&str> = state.reports.iter().map(|(id, _)| id).collect();
    let mut kept = crate::stripe::shelf::Shelf::default();
    for id in ids {
        if let Some(pair) = found(state, id) {
            kept.put(id, pair);
        }
    }
    let page = kept.page(WHAT, params, |(session, report)| {
        is("verification_session", Some(session.id()))
            && is("client_reference_id", session.reference())
            && is("type", Some(session.asked().kind.word()))
            && is_within(params, report.created_unix_secs)
    })?;
    Ok(
        page.shown("/v1/identity/verification_reports", |(session, report)| {
            session.report_object(report, &call.expansions, call.now_unix_secs())
        }),
    )
}
