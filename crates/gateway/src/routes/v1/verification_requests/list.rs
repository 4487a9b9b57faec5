//! `GET /v1/verification-requests`: requests, newest first.
//!
//! | parameter | only requests |
//! |---|---|
//! | `subject` | of this subject |
//! | `environment` | `live` or `sandbox`: where that subject is meant, since the same reference in the sandbox is another one; else live, unless all accounts are of the sandbox |
//! | `organization` | with consequences for this organization |
//! | `status`, `status_summary` | in this state |
//! | `created_after`, `created_before` | made at or after, and before, this time (RFC 3339) |
//! | `limit` | so many per page, 1 to 100; else 20 |
//! | `cursor` | `next_cursor` of the page before |
//!
//! The answer is `{data: [request…], next_cursor}`; `next_cursor` is null on the last page.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{OrganizationId, RequestId, Status, StatusSummary, SubjectRef, Timestamp};
use idv_engine::{Environment, RequestQuery};
use serde::Serialize;

use super::{RequestJson, failure};
use crate::problem::Problem;
use crate::routes::authorisation::Reader;
use crate::routes::query::Query;
use crate::routes::{Api, cursor};

const USUAL_LIMIT: u32 = 20;
const MOST: u32 = 100;

#[derive(Serialize)]
struct PageJson<'a> {
    data: Vec<RequestJson<'a>>,
    next_cursor: Option<String>,
}

/// 200 with a page, 400 if a parameter or the cursor cannot be used.
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    uri: Uri,
) -> Result<Response, Problem> {
    let found = api.engine.requests(read(&uri)?).await;
    let page = found.map_err(|error| failure::of_query(&error))?;
    let json = PageJson {
        data: page.rows.iter().map(RequestJson::of).collect(),
        next_cursor: page.next.as_ref().map(cursor::encode),
    };
    Ok(Json(json).into_response())
}

fn read(uri: &Uri) -> Result<RequestQuery, Problem> {
    let mut query = Query::of(uri);
    let time = "a time such as 2026-11-20T18:43:00Z";
    let cursor = query.text("cursor");
    let read = RequestQuery {
        subject: query.text("subject").map(SubjectRef::new),
        environment: query.parsed("environment", "live or sandbox", environment),
        organization: query.text("organization").map(OrganizationId::new),
        status: query.parsed("status", "a status", status),
        summary: query.parsed(
            "status_summary",
            "created, started, passed, failed or cancelled",
            summary,
        ),
        created_before: query.parsed("created_before", time, |text| {
            text.parse::<Timestamp>().ok()
        }),
        created_after: query.parsed("created_after", time, |text| text.parse::<Timestamp>().ok()),
        limit: query.limit(USUAL_LIMIT, MOST),
        after: None,
        ..RequestQuery::default()
    };
    query.finish()?;
    let after: Option<RequestId> = cursor.map(|text| cursor::decode(&text)).transpose()?;
    Ok(RequestQuery { after, ..read })
}

/// A listed status, or an unlisted one as the API writes it: `unknown:…`.
fn status(word: &str) -> Option<Status> {
    let status = Status::from_word(word);
    (status.as_word() == word).then_some(status)
}

fn environment(word: &str) -> Option<Environment> {
    match word {
        "live" => Some(Environment::Live),
        "sandbox" => Some(Environment::Sandbox),
        _ => None,
    }
}

fn summary(word: &str) -> Option<StatusSummary> {
    [
        StatusSummary::Created,
        StatusSummary::Started,
        StatusSummary::Passed,
        StatusSummary::Failed,
        StatusSummary::Cancelled,
    ]
    .into_iter()
    .find(|summary| summary.as_word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    fn query(text: &str) -> Result<RequestQuery, Problem> {
        read(&format!("/v1/verification-requests?{text}").parse().unwrap())
    }

    #[test]
    fn filters_are_read() {
        let id = RequestId::new(Timestamp::from_unix_secs(0));
        let read = query(&format!(
            "subject=a%40b&organization=o&status=in_review&status_summary=passed&limit=7\
             &created_after=2026-11-20T00%3A00%3A00Z&cursor={}",
            cursor::encode(&id)
        ))
        .unwrap();
        assert_eq!(read.subject, Some(SubjectRef::new("a@b")));
        assert_eq!(read.organization, Some(OrganizationId::new("o")));
        assert_eq!(
            (read.status, read.summary),
            (Some(Status::InReview), Some(StatusSummary::Passed))
        );
        assert_eq!((read.limit, read.after), (7, Some(id)));
        assert_eq!(
            read.created_after,
            Some("2026-11-20T00:00:00Z".parse().unwrap())
        );
        assert_eq!(query("").unwrap().limit, 20);
        assert_eq!(
            query("status=unknown%3Aodd").unwrap().status,
            Some(Status::Unknown("odd".into()))
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for (text, kind) in [
            ("status=odd", Kind::InvalidParameter),
            ("status_summary=in_review", Kind::InvalidParameter),
            ("limit=0", Kind::InvalidParameter),
            ("limit=101", Kind::InvalidParameter),
            ("limit=ten", Kind::InvalidParameter),
            ("created_before=yesterday", Kind::InvalidParameter),
            ("subject=a&subject=b", Kind::InvalidParameter),
            ("subjet=a", Kind::InvalidParameter),
            ("cursor=", Kind::InvalidCursor),
            ("cursor=abc", Kind::InvalidCursor),
        ] {
            assert_eq!(query(text).unwrap_err().kind(), kind, "{text}");
        }
    }
}
