//! Which exchanges are left, and what was asked that none of them answers.

use bytes::Bytes;
use http::Request;

use super::exchange::{Answer, AskedFor, Exchanges};
use super::matching::mismatches;

/// Exchanges on their way to being used up.
#[derive(Debug)]
pub(super) struct Book {
    exchanges: Exchanges,
    used: Vec<bool>,
    misses: Vec<String>,
}

impl Book {
    pub(super) fn new(exchanges: Exchanges) -> Self {
        Self {
            used: vec![false; exchanges.exchanges.len()],
            misses: Vec::new(),
            exchanges,
        }
    }

    /// The answer to this request; its exchange is used up. A miss is remembered and explained.
    pub(super) fn take(&mut self, request: &Request<Bytes>) -> Result<Answer, String> {
        let mut nearest: Option<(usize, Vec<String>)> = None;
        for (index, exchange) in self.exchanges.exchanges.iter().enumerate() {
            if self.used[index] || !self.is_there(&exchange.request) {
                continue;
            }
            let differs = mismatches(&exchange.request, request);
            if differs.is_empty() {
                self.used[index] = true;
                return Ok(exchange.answer.clone());
            }
            if nearest
                .as_ref()
                .is_none_or(|(_, fewest)| differs.len() < fewest.len())
            {
                nearest = Some((index, differs));
            }
            if self.exchanges.in_order {
                break;
            }
        }
        let miss = self.explain(request, nearest);
        self.misses.push(miss.clone());
        Err(miss)
    }

    /// True unless it waits for another exchange to be used up.
    fn is_there(&self, wanted: &AskedFor) -> bool {
        let Some(earlier) = &wanted.after else {
            return true;
        };
        let mut exchanges = self.exchanges.exchanges.iter().zip(&self.used);
        exchanges.any(|(exchange, used)| {
            let AskedFor { method, path, .. } = &exchange.request;
            let (method, path) = (method.as_deref(), path.as_deref());
            *used && earlier.split_once(' ') == method.zip(path)
        })
    }

    fn explain(&self, request: &Request<Bytes>, nearest: Option<(usize, Vec<String>)>) -> String {
        let asked = format!(
            "{}: asked for {} {}",
            self.exchanges.name,
            request.method(),
            request.uri()
        );
        let Some((index, differs)) = nearest else {
            let all = self.used.len();
            return format!("{asked}, and all {all} exchanges are used up");
        };
        format!(
            "{asked}; the nearest exchange left is number {}, but {}",
            index + 1,
            differs.join("; ")
        )
    }

    pub(super) fn misses(&self) -> &[String] {
        &self.misses
    }

    /// The exchanges nobody asked for, by number and path.
    pub(super) fn unused(&self) -> Vec<String> {
        self.exchanges
            .exchanges
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.used[*index])
            .map(|(index, exchange)| {
                format!(
                    "{}: exchange number {} ({} {}) was not asked for",
                    self.exchanges.name,
                    index + 1,
                    exchange.request.method.as_deref().unwrap_or("any method"),
                    exchange.request.path.as_deref().unwrap_or("any path"),
                )
            })
            .collect()
    }

    /// # Panics
    /// If something was asked in vain, or an exchange is left.
    pub(super) fn assert_used_up(&self) {
        let complaints: Vec<String> = self.misses.iter().cloned().chain(self.unused()).collect();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}
