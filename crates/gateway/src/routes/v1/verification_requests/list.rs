//! `GET /v1/verification-requests`: requests, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::{OrganizationId, RequestId, Status, StatusSummary, SubjectRef, Timestamp};
use idv_engine::{Environment, RequestQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::{RequestJson, failure};
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::authorisation::Reader;
use crate::routes::query::Query;
use crate::routes::{Api, cursor};

const USUAL_LIMIT: u32 = 20;
const MOST: u32 = 100;

/// A page of requests.
#[derive(Serialize, ToSchema)]
#[schema(as = VerificationRequestPage)]
struct PageJson<'a> {
    data: Vec<RequestJson<'a>>,
    /// Where the next page begins; null on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// The filters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `read` reads by hand")]
struct Filters {
    /// Only requests of this subject.
    #[param(example = "user-4711")]
    subject: Option<String>,
    /// Only requests of this environment; the same subject in the sandbox is another one. Without it live, unless all
    /// accounts are of the sandbox.
    #[param(inline)]
    environment: Option<EnvironmentWord>,
    /// Only requests with consequences for this organization.
    #[param(example = "company-17")]
    organization: Option<String>,
    /// Only requests in this status.
    #[param(value_type = Option<Status>)]
    status: Option<Status>,
    /// Only requests in this status, coarsely.
    status_summary: Option<StatusSummary>,
    /// Only open requests, or only those that are over.
    open: Option<bool>,
    /// Only requests made at or after this time.
    #[param(example = "2026-11-20T00:00:00Z")]
    created_after: Option<Timestamp>,
    /// Only requests made before this time.
    #[param(example = "2026-11-21T00:00:00Z")]
    created_before: Option<Timestamp>,
    /// Only requests that have not changed since this time.
    #[param(example = "2026-11-21T00:00:00Z")]
    updated_before: Option<Timestamp>,
    /// So many per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// The two environments of a vendor.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the words that `environment` reads")]
pub(in crate::routes::v1) enum EnvironmentWord {
    Live,
    Sandbox,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::InvalidParameter, Kind::InvalidCursor]
);

/// List requests, newest first
#[utoipa::path(
    get,
    path = "/v1/verification-requests",
    operation_id = "list_verification_requests",
    tag = "verification-requests",
    params(Filters),
    responses((status = 200, description = "A page.", body = PageJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
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
        open: query.parsed("open", "true or false", |text| text.parse().ok()),
        updated_before: query.parsed("updated_before", time, |text| {
            text.parse::<Timestamp>().ok()
        }),
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

pub(in crate::routes::v1) fn environment(word: &str) -> Option<Environment> {
    Environment::from_word(word)
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

    fn query(text: &str) -> Result<RequestQuery, Problem> {
        read(&format!("/v1/verification-requests?{text}").parse().unwrap())
    }

    #[test]
    fn filters_are_read() {
        let id = RequestId::new(Timestamp::from_unix_secs(0));
        let read = query(&format!(
            "subject=a%40b&organization=o&status=in_review&status_summary=passed&limit=7\
             &open=true&created_after=2026-11-20T00%3A00%3A00Z&cursor={}",
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
        assert_eq!(read.open, Some(true));
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
