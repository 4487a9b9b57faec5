//! The page on which the subject is verified, and the links to it.

use bytes::Bytes;
use http::{Method, Request, Response};
use sha2::{Digest as _, Sha256};

use super::account::State;
use super::check::Check;
use super::session::Link;
use crate::Begun;
use crate::hex::{from_hex, hex};
use crate::page::{Page, chosen, gone, thanks};

/// How long a page can be opened, in seconds: 48 hours.
const PAGE_FOR_SECS: i64 = 48 * 3_600;
/// How the vendor's tokens begin.
const BEGINNING: &str = "YWNjdF8x";
/// What stands before the last part of them.
const MIDDLE: &str = "0100";
/// Letters of the sum that makes a token hard to invent.
const SUM_LETTERS: usize = 8;

impl State {
    /// A link that nobody has used yet. The token says whose it is and since when.
    pub(super) fn fresh_link(&mut self, session: &str, now_unix_secs: i64) -> Link {
        let number = self.maker.id("", 6);
        let told = hex(format!("{session} {now_unix_secs} {number}").as_bytes());
        let token = format!("{BEGINNING}{told}{MIDDLE}{}", sum(&told));
        let mode = if self.is_live { "live" } else { "test" };
        Link {
            client_secret: format!("{session}_secret_{mode}_{token}"),
            url: format!("{}/start/{mode}_{token}", self.page_base_url()),
        }
    }

    /// Shows the page of a link, or takes what was chosen on it. A link is used up by a choice: whoever only looks may
    /// look again.
    pub(super) fn page(
        &mut self,
        request: &Request<Bytes>,
        token: &str,
        now_unix_secs: i64,
    ) -> Response<Bytes> {
        let Some((session, made_at)) = read(token) else {
            return gone("There is no such page.");
        };
        if now_unix_secs.saturating_sub(made_at) >= PAGE_FOR_SECS {
            return gone("This page was open for 48 hours. Read the session again for a new one.");
        }
        if self.used_links.contains(token) {
            return gone("This page has been used. Read the session again for a new one.");
        }
        let Some(found) = self.sessions.get(&session) else {
            return gone("There is no such session any more.");
        };
        let object = found.object(false);
        let text = |pointer: &str| {
            let value = object.pointer(pointer).and_then(serde_json::Value::as_str);
            value.unwrap_or("none").to_owned()
        };
        let checks = found.asked().checks().into_iter().map(Check::word);
        let state = [
            ("Status", text("/status")),
            ("Last error", text("/last_error/code")),
            ("Type", text("/type")),
            ("Checks", checks.collect::<Vec<_>>().join(", ")),
        ];
        let state = state
            .map(|(label, value)| (label.to_owned(), value))
            .to_vec();
        let ended = !found.takes_input();
        let return_url = found.asked().return_url.clone();
        let choice = chosen(request).filter(|_| request.method() == Method::POST && !ended);
        let choice = choice.filter(|name| self.choices.iter().any(|choice| choice.value == *name));
        if choice.is_some() {
            self.used_links.insert(token.to_owned());
            self.begun.push(Begun {
                object: session,
                scenario: choice,
            });
            return thanks(return_url.as_deref());
        }
        let page = Page {
            vendor: "Stripe Identity",
            object: session,
            state,
            choices: self.choices.clone(),
            ended,
        };
        page.answer()
    }
}

/// The session of a token, and when the token was made. None if nobody here made it.
fn read(token: &str) -> Option<(String, i64)> {
    let token = token
        .strip_prefix("test_")
        .or_else(|| token.strip_prefix("live_"))?;
    let (rest, given) = token.split_at_checked(token.len().checked_sub(SUM_LETTERS)?)?;
    let told = rest.strip_prefix(BEGINNING)?.strip_suffix(MIDDLE)?;
    if sum(told) != given {
        return None;
    }
    let told = String::from_utf8(from_hex(told)?).ok()?;
    let mut parts = told.split(' ');
    let session = parts.next()?.to_owned();
    Some((session, parts.next()?.parse().ok()?))
}

fn sum(told: &str) -> String {
    let sum = hex(&Sha256::digest(format!("page {told}")));
    sum.chars().take(SUM_LETTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_whose_it_is_and_cannot_be_invented() {
        let mut state = State::default();
        let (first, second) = (state.fresh_link("vs_1", 7), state.fresh_link("vs_1", 7));
        assert_ne!(first, second);
        let token = first
            .url
            .strip_prefix("https://verify.stripe.com/start/")
            .unwrap();
        assert_eq!(first.client_secret, format!("vs_1_secret_{token}"));
        assert_eq!(read(token), Some(("vs_1".to_owned(), 7)));
        assert!(
            token
                .bytes()
                .skip(5)
                .all(|byte| byte.is_ascii_alphanumeric())
        );
        let invented = token.replacen("YWNjdF8x76", "YWNjdF8x77", 1);
        assert_ne!(invented, token);
        for wrong in [invented.as_str(), "", "test_", "test_é", "live"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
