//! The part of the HTTP API in which sessions and their reports are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::Session;
use crate::loopback::{Api, json_answer};

/// An account with its sessions.
pub struct Account {
    api_key: String,
    sessions: Mutex<BTreeMap<String, Session>>,
}

impl Account {
    /// An account with one API key and no session yet.
    pub fn new(api_key: impl Into<String>) -> Self {
        Self {
            api_key: api_key.into(),
            sessions: Mutex::default(),
        }
    }

    /// Adds a session, or puts it in the place of the one with its id.
    pub fn insert(&self, session: Session) {
        self.sessions().insert(session.id().to_owned(), session);
    }

    /// Does something with a session. None if there is no session of this id.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        self.sessions().get_mut(id).map(act)
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, path: &[&str], query: &str) -> Option<Value> {
        let sessions = self.sessions();
        match path {
            ["v1", "identity", "verification_sessions", id] => {
                let session = sessions.get(*id)?;
                let mut object = session.object(session.takes_input());
                if let (Some(report), true) = (session.report(), expands(query))
                    && let Some(members) = object.as_object_mut()
                {
                    members.insert("last_verification_report".to_owned(), report);
                }
                Some(object)
            }
            ["v1", "identity", "verification_reports", id] => {
                let reports = sessions.values().filter_map(Session::report);
                reports.into_iter().find(|report| report["id"] == *id)
            }
            _ => None,
        }
    }
}

/// Whether the report is to be written in full. What else can be expanded is of the person, and nobody is in here.
fn expands(query: &str) -> bool {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, value)| name.starts_with("expand") && value == "last_verification_report")
}

/// Shows no key.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("sessions", &self.sessions().len())
            .finish_non_exhaustive()
    }
}

impl Api for Account {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let wanted = format!("Bearer {}", self.api_key);
        let given = request.headers().get(AUTHORIZATION);
        if given.is_none_or(|given| given.as_bytes() != wanted.as_bytes()) {
            return refusal(StatusCode::UNAUTHORIZED, None, "Invalid API Key provided");
        }
        let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
        let query = request.uri().query().unwrap_or_default();
        let found = (request.method() == Method::GET).then(|| self.find(&path, query));
        match found.flatten() {
            Some(object) => json_answer(StatusCode::OK, &object),
            None => refusal(
                StatusCode::NOT_FOUND,
                Some("resource_missing"),
                "No such object",
            ),
        }
    }
}

fn refusal(status: StatusCode, code: Option<&str>, message: &str) -> Response<Bytes> {
    let error = match code {
        Some(code) => {
            json!({ "type": "invalid_request_error", "code": code, "message": message })
        }
        None => json!({ "type": "invalid_request_error", "message": message }),
    };
    json_answer(status, &json!({ "error": error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(account: &Account, key: &str, uri: &str) -> (u16, Value) {
        let request = Request::get(uri).header("authorization", format!("Bearer {key}"));
        let response = account.answer(&request.body(Bytes::new()).unwrap());
        let body = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), body)
    }

    const SESSION: &str = "/v1/identity/verification_sessions/vs_1";

    #[test]
    fn a_session_is_read_as_it_is_with_its_report_if_that_is_wanted() {
        let account = Account::new("sk_test_1");
        account.insert(Session::new("vs_1", 0).for_reference("subject-1"));
        let (status, object) = get(&account, "sk_test_1", SESSION);
        assert_eq!((status, &object["status"]), (200, &json!("requires_input")));
        assert!(object["url"].is_string());

        account.with("vs_1", |session| {
            session.submit(1).unwrap();
            session.fail(2, "document_expired").unwrap();
        });
        let (_, object) = get(&account, "sk_test_1", SESSION);
        assert_eq!(object["last_verification_report"], "vr_101");
        let expanded = format!("{SESSION}?expand[0]=x&expand[1]=last_verification_report");
        let (_, object) = get(&account, "sk_test_1", &expanded);
        let report = &object["last_verification_report"];
        assert_eq!(report["document"]["status"], "unverified");
        assert_eq!(report["document"]["error"]["code"], "document_expired");
        let (_, alone) = get(
            &account,
            "sk_test_1",
            "/v1/identity/verification_reports/vr_101",
        );
        assert_eq!(&alone, report);

        account.with("vs_1", |session| {
            session.submit(3).unwrap();
            session.verify(4).unwrap();
        });
        let (_, object) = get(&account, "sk_test_1", &expanded);
        assert_eq!(object["status"], "verified");
        assert_eq!(object["url"], Value::Null);
        let report = &object["last_verification_report"];
        assert_eq!(report["document"]["status"], "verified");
    }

    #[test]
    fn a_wrong_key_and_a_session_that_is_not_there_are_refused() {
        let account = Account::new("sk_test_1");
        account.insert(Session::new("vs_1", 0));
        let (status, body) = get(&account, "sk_test_2", SESSION);
        assert_eq!((status, &body["error"]["code"]), (401, &Value::Null));
        for path in ["/v1/identity/verification_sessions/vs_2", "/"] {
            let (status, body) = get(&account, "sk_test_1", path);
            let code = &body["error"]["code"];
            assert_eq!((status, code), (404, &json!("resource_missing")));
        }
        assert!(!format!("{account:?}").contains("sk_test"));
    }
}
