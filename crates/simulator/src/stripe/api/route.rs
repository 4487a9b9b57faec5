//! The endpoints there are.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::Value;

use super::{Call, endpoints, events, file_links, files, pages, reports, sessions};
use crate::stripe::accepted::{EXPAND, PAGE, Param};
use crate::stripe::account::State;
use crate::stripe::expand::{is_of_report, is_of_session};
use crate::stripe::keys::Area;
use crate::stripe::refusal::Refusal;

/// One endpoint.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// With `{}` in the place of the object's id.
    pub(super) path: &'static str,
    pub(super) area: Area,
    pub(super) accepts: &'static [&'static [Param]],
    /// What can be written in full.
    pub(super) expands: fn(&str) -> bool,
    pub(super) is_list: bool,
    /// Carries out a call about the object of this id.
    pub(super) act: fn(&mut State, &Call<'_>, &str) -> Result<Value, Refusal>,
}

const SESSIONS: &str = "/v1/identity/verification_sessions";
const SESSION: &str = "/v1/identity/verification_sessions/{}";
const REPORTS: &str = "/v1/identity/verification_reports";
const ENDPOINT: &str = "/v1/webhook_endpoints/{}";

fn nothing(_: &str) -> bool {
    false
}

fn the_file(name: &str) -> bool {
    name == "file"
}

/// What a file, an endpoint and an event hold are never ids: to ask for them in full changes nothing.
fn links(name: &str) -> bool {
    name == "links"
}

fn of_event(name: &str) -> bool {
    matches!(name, "data" | "request")
}

const fn route(
    method: &'static str,
    path: &'static str,
    area: Area,
    accepts: &'static [&'static [Param]],
    act: fn(&mut State, &Call<'_>, &str) -> Result<Value, Refusal>,
) -> Route {
    Route {
        method,
        path,
        area,
        accepts,
        expands: nothing,
        is_list: false,
        act,
    }
}

impl Route {
    const fn expanding(mut self, expands: fn(&str) -> bool) -> Self {
        self.expands = expands;
        self
    }

    const fn listing(mut self) -> Self {
        self.is_list = true;
        self
    }
}

const ROUTES: &[Route] = &[
    route(
        "POST",
        SESSIONS,
        Area::IdentityWrite,
        &[sessions::CREATE],
        sessions::create,
    )
    .expanding(is_of_session),
    route(
        "GET",
        SESSIONS,
        Area::IdentityRead,
        &[sessions::LIST, &PAGE],
        sessions::list,
    )
    .expanding(is_of_session)
    .listing(),
    route(
        "GET",
        SESSION,
        Area::IdentityRead,
        &[&[EXPAND]],
        sessions::retrieve,
    )
    .expanding(is_of_session),
    route(
        "POST",
        SESSION,
        Area::IdentityWrite,
        &[sessions::UPDATE],
        sessions::update,
    )
    .expanding(is_of_session),
    route(
        "POST",
        "/v1/identity/verification_sessions/{}/cancel",
        Area::IdentityWrite,
        &[&[EXPAND]],
        sessions::cancel,
    )
    .expanding(is_of_session),
    route(
        "POST",
        "/v1/identity/verification_sessions/{}/redact",
        Area::IdentityWrite,
        &[&[EXPAND]],
        sessions::redact,
    )
    .expanding(is_of_session),
    route(
        "GET",
        REPORTS,
        Area::IdentityRead,
        &[reports::LIST, &PAGE],
        reports::list,
    )
    .expanding(is_of_report)
    .listing(),
    route(
        "GET",
        "/v1/identity/verification_reports/{}",
        Area::IdentityRead,
        &[&[EXPAND]],
        reports::retrieve,
    )
    .expanding(is_of_report),
    route(
        "GET",
        "/v1/files",
        Area::FilesRead,
        &[files::LIST, &PAGE],
        files::list,
    )
    .expanding(links)
    .listing(),
    route(
        "POST",
        "/v1/files",
        Area::FilesWrite,
        &[files::CREATE],
        files::create,
    )
    .expanding(links),
    route(
        "GET",
        "/v1/files/{}",
        Area::FilesRead,
        &[&[EXPAND]],
        files::retrieve,
    )
    .expanding(links),
    route(
        "POST",
        "/v1/file_links",
        Area::FilesWrite,
        &[file_links::CREATE],
        file_links::create,
    )
    .expanding(the_file),
    route(
        "GET",
        "/v1/file_links",
        Area::FilesRead,
        &[file_links::LIST, &PAGE],
        file_links::list,
    )
    .expanding(the_file)
    .listing(),
    route(
        "GET",
        "/v1/file_links/{}",
        Area::FilesRead,
        &[&[EXPAND]],
        file_links::retrieve,
    )
    .expanding(the_file),
    route(
        "POST",
        "/v1/file_links/{}",
        Area::FilesWrite,
        &[file_links::UPDATE],
        file_links::update,
    )
    .expanding(the_file),
    route(
        "POST",
        "/v1/webhook_endpoints",
        Area::Webhooks,
        &[endpoints::CREATE],
        endpoints::create,
    ),
    route(
        "GET",
        "/v1/webhook_endpoints",
        Area::Webhooks,
        &[&PAGE],
        endpoints::list,
    )
    .listing(),
    route(
        "GET",
        ENDPOINT,
        Area::Webhooks,
        &[&[EXPAND]],
        endpoints::retrieve,
    ),
    route(
        "POST",
        ENDPOINT,
        Area::Webhooks,
        &[endpoints::UPDATE],
        endpoints::update,
    ),
    route("DELETE", ENDPOINT, Area::Webhooks, &[], endpoints::delete),
    route(
        "GET",
        "/v1/events",
        Area::Events,
        &[events::LIST, &PAGE],
        events::list,
    )
    .expanding(of_event)
    .listing(),
    route(
        "GET",
        "/v1/events/{}",
        Area::Events,
        &[&[EXPAND]],
        events::retrieve,
    )
    .expanding(of_event),
    route(
        "GET",
        "/v2/core/events/{}",
        Area::Events,
        &[],
        events::retrieve_thin,
    ),
    route(
        "POST",
        "/v1/ephemeral_keys",
        Area::IdentityWrite,
        &[pages::EPHEMERAL_KEY],
        pages::create_ephemeral_key,
    ),
    route(
        "POST",
        "/v1/identity/verification_pages/{}/testing/verify",
        Area::Pages,
        &[pages::TESTING],
        pages::verify,
    ),
    route(
        "POST",
        "/v1/identity/verification_pages/{}/testing/unverify",
        Area::Pages,
        &[pages::TESTING],
        pages::unverify,
    ),
];

/// The endpoint of a request, and the id in its path.
pub(super) fn find(request: &Request<Bytes>) -> Result<(Route, String), Refusal> {
    let (method, path) = (request.method(), request.uri().path());
    for route in ROUTES.iter().filter(|route| method == route.method) {
        if let Some(id) = id_in(path, route.path) {
            return Ok((*route, id.to_owned()));
        }
    }
    let message = format!(
        "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
         https://support.stripe.com/."
    );
    Err(Refusal::new(StatusCode::NOT_FOUND, message))
}

/// The id in a path of this form: empty if the form has none, and none if the path is of another.
fn id_in<'a>(path: &'a str, form: &str) -> Option<&'a str> {
    let Some((before, after)) = form.split_once("{}") else {
        return (path == form).then_some("");
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn an_id_is_one_part_of_the_path() {
        assert_eq!(id_in("/v1/files", "/v1/files"), Some(""));
        assert_eq!(id_in("/v1/files/file_1", "/v1/files/{}"), Some("file_1"));
        assert_eq!(id_in("/v1/files/file_1/contents", "/v1/files/{}"), None);
        assert_eq!(id_in("/v1/files/", "/v1/files/{}"), None);
        assert_eq!(id_in("/a/vs_1/cancel", "/a/{}/cancel"), Some("vs_1"));
    }

    #[test]
    fn what_there_is_not_is_refused_by_its_name() {
        for (method, path) in [
            (Method::GET, "/"),
            (Method::DELETE, "/v1/identity/verification_sessions/vs_1"),
        ] {
            let request = Request::builder()
                .method(&method)
                .uri(path)
                .body(Bytes::new());
            let refusal = find(&request.unwrap()).err().unwrap();
            let expected = format!("Unrecognized request URL ({method}: {path}).");
            assert!(
                refusal.message.starts_with(&expected),
                "{}",
                refusal.message
            );
            assert_eq!(
                (refusal.status, refusal.code),
                (StatusCode::NOT_FOUND, None)
            );
        }
    }
}
