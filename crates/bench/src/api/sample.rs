//! An application that calls one gateway, about requests from all over its database.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use super::call::Call;
use crate::caller::Caller;
use crate::filled::{Filled, ORGANIZATIONS};

/// How many requests are looked at, evenly spread over the time there is.
const SPREAD: u64 = 60;
const REQUESTS: &str = "/v1/verification-requests";

/// An application, and its gateway.
pub(super) struct Application {
    filled: Filled,
    caller: Caller,
    /// From all over the database, and how their subjects are called.
    requests: Vec<(String, String)>,
    passed: Vec<String>,
    open: Vec<String>,
    /// The page in the middle.
    far_in: String,
    asked: u64,
    /// No subject is new twice, in another run over the same database neither.
    run: String,
}

impl Application {
    pub(super) async fn of(filled: Filled) -> Self {
        let now = jiff::Timestamp::now();
        let mut this = Self {
            caller: Caller::new(filled.gateway.address()),
            filled,
            requests: Vec::new(),
            passed: Vec::new(),
            open: Vec::new(),
            far_in: String::new(),
            asked: 0,
            run: now.as_microsecond().to_string(),
        };
        for part in 0..SPREAD {
            let age =
                jiff::SignedDuration::from_hours(i64::try_from(part * 365 * 24 / SPREAD).unwrap());
            let before = now.checked_sub(age).unwrap();
            let all = this.list(&format!("created_before={before}&limit=5")).await;
            this.requests.extend(
                all.iter()
                    .map(|one| (text(one, "id"), text(one, "subject"))),
            );
            let passed = format!("created_before={before}&status=passed&limit=5");
            let passed = this.list(&passed).await;
            this.passed
                .extend(passed.iter().map(|one| text(one, "subject")));
        }
        // Those that are open are the newest.
        let open = this.list("open=true&limit=100").await;
        this.open
            .extend(open.iter().map(|one| text(one, "subject")));
        let half_a_year = jiff::SignedDuration::from_hours(182 * 24);
        let middle = now.checked_sub(half_a_year).unwrap();
        let page = format!("{REQUESTS}?created_before={middle}&limit=20");
        let page = this.read(&page).await;
        this.far_in = text(&page, "next_cursor");
        this
    }

    /// The next call of this kind, and what it is answered.
    pub(super) fn next(&mut self, call: Call) -> (Request<Bytes>, StatusCode) {
        self.asked += 1;
        let nth = usize::try_from(self.asked).unwrap();
        let get = |path: String| (self.request("GET", &path, Bytes::new()), StatusCode::OK);
        let (id, subject) = &self.requests[nth % self.requests.len()];
        match call {
            Call::Get => get(format!("{REQUESTS}/{id}")),
            Call::ListFirst => get(REQUESTS.to_owned()),
            Call::ListFarIn => get(format!("{REQUESTS}?cursor={}", self.far_in)),
            Call::ListCancelled => get(format!("{REQUESTS}?status=cancelled")),
            Call::ListOpen => get(format!("{REQUESTS}?open=true")),
            Call::ListOfSubject => get(format!("{REQUESTS}?subject={subject}")),
            Call::ListOfOrganization => {
                let organization = self.asked % ORGANIZATIONS;
                get(format!(
                    "{REQUESTS}?organization=organization-{organization}"
                ))
            }
            Call::GetOpen => {
                let subject = &self.open[nth % self.open.len()];
                (self.post(&json!({ "subject": subject })), StatusCode::OK)
            }
            Call::GetPassed => {
                let subject = &self.passed[nth % self.passed.len()];
                let ten_years = 10 * 365 * 86_400;
                let body = json!({ "subject": subject, "reuse_passed_secs": ten_years });
                (self.post(&body), StatusCode::OK)
            }
            Call::Create => {
                let subject = format!("new-{}-{}", self.run, self.asked);
                (
                    self.post(&json!({ "subject": subject })),
                    StatusCode::CREATED,
                )
            }
        }
    }

    pub(super) async fn send(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        self.caller.send(request).await
    }

    fn post(&self, body: &Value) -> Request<Bytes> {
        self.request("POST", REQUESTS, Bytes::from(body.to_string()))
    }

    fn request(&self, method: &str, path: &str, body: Bytes) -> Request<Bytes> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.filled.api_key))
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .unwrap()
    }

    async fn list(&mut self, query: &str) -> Vec<Value> {
        let page = self.read(&format!("{REQUESTS}?{query}")).await;
        page["data"].as_array().unwrap().clone()
    }

    async fn read(&mut self, path: &str) -> Value {
        let request = self.request("GET", path, Bytes::new());
        let answer = self.send(request).await;
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}
