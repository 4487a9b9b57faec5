//! Lists by the page.

use bytes::Bytes;
use http::header::LINK;
use http::{HeaderName, Response, StatusCode};
use serde_json::Value;

use super::super::account::State;
use super::super::refusal::Refusal;
use super::call::Call;
use crate::loopback::json_answer;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Which page of a list is asked for.
pub(super) struct Page {
    number: usize,
    per_page: usize,
}

impl Page {
    /// From `page` and, where the list has it, `per_page`.
    ///
    /// # Errors
    /// If one of them is no number above 0.
    pub(super) fn of(call: &Call<'_>, may_choose_length: bool) -> Result<Self, Refusal> {
        let number = |name: &str, usual: usize| match call.query(name) {
            None => Ok(usual),
            Some(text) => match text.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(Refusal::invalid_field(name, "must be greater than 0")),
            },
        };
        let per_page = if may_choose_length {
            number("per_page", 20)?
        } else {
            20
        };
        Ok(Self {
            number: number("page", 1)?,
            // The vendor's own tests ask for 100; what it does with more is not published.
            per_page: per_page.min(500),
        })
    }

    /// The items of this page.
    pub(super) fn cut(&self, all: Vec<Value>) -> Vec<Value> {
        let skipped = self.per_page.saturating_mul(self.number - 1);
        all.into_iter().skip(skipped).take(self.per_page).collect()
    }

    /// The answer, with where the other pages are.
    pub(super) fn answer(
        &self,
        state: &State,
        call: &Call<'_>,
        total: usize,
        body: &Value,
    ) -> Response<Bytes> {
        let mut response = json_answer(StatusCode::OK, body);
        let last = total.div_ceil(self.per_page).max(1);
        let mut links = Vec::new();
        let mut link = |number: usize, rel: &str| {
            let mut query = call.query_without(&["page", "per_page"]);
            query.append_pair("page", &number.to_string());
            query.append_pair("per_page", &self.per_page.to_string());
            let path = call.path.get(1).copied().unwrap_or_default();
            let url = state.site.api(&[path]);
            links.push(format!("<{url}?{}>; rel=\"{rel}\"", query.finish()));
        };
        if self.number > 1 {
            link(1, "first");
            link(self.number - 1, "prev");
        }
        if self.number < last {
            link(self.number + 1, "next");
            link(last, "last");
        }
        let headers = response.headers_mut();
        headers.insert(TOTAL, total.into());
        if let Ok(value) = links.join(", ").parse()
            && !links.is_empty()
        {
            headers.insert(LINK, value);
        }
        response
    }
}
