//! The fake vendor's list of checks: oldest first, a few on a page.

use http::Uri;
use idv_core::Timestamp;
use serde_json::{Value, json};

use super::{Books, Check, refusal};

/// Checks on a page.
pub(in super::super) const PAGE: usize = 3;

impl Books {
    /// `after` is the last check that was looked at: what is made meanwhile comes behind it, so nothing is passed over.
    pub(super) fn list_checks(&self, uri: &Uri) -> (u16, String) {
        let query = Query::of(uri);
        let begin = match &query.after {
            None => 0,
            Some(after) => match self.made.iter().position(|id| id == after) {
                Some(at) => at + 1,
                None => return refusal(400, "bad_field"),
            },
        };
        let mut rest = self.made.iter().skip(begin).filter(|id| {
            let check = self.checks.get(*id);
            check.is_some_and(|check| query.wants(check))
        });
        let page: Vec<&String> = rest.by_ref().take(PAGE).collect();
        let next = rest.next().and_then(|_| page.last());
        let checks: Vec<Value> = page.iter().map(|id| self.show(id)).collect();
        let body = json!({ "object": "checks", "checks": checks, "next": next });
        (200, body.to_string())
    }
}

#[derive(Default)]
struct Query {
    after: Option<String>,
    subject: Option<String>,
    since: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl Query {
    fn of(uri: &Uri) -> Self {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.as_ref() {
                "after" => query.after = Some(value.into_owned()),
                "subject" => query.subject = Some(value.into_owned()),
                "since" => query.since = value.parse().ok(),
                "before" => query.before = value.parse().ok(),
                _ => {}
            }
        }
        query
    }

    fn wants(&self, check: &Check) -> bool {
        let subject = check.subject.as_str().filter(|_| check.data != "erased");
        (self.subject.is_none() || self.subject.as_deref() == subject)
            && self.since.is_none_or(|since| check.made_at >= since)
            && self.before.is_none_or(|before| check.made_at < before)
    }
}
