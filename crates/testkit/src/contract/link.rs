//! Clauses about the subject's way in.

use idv_core::{ErrorKind, Secret};

use super::examination::{Exam, expect_err, expect_ok};
use super::subject::ContractSubject;

/// A fresh link holds an address or a token, and does not print.
pub async fn renew_link_gives_the_subject_a_way_in(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("renew_link");
    let link = provider.renew_link(&exam.session()).await;
    replay.assert_used_up();
    let link = expect_ok("renew_link", link);
    let mut ways = link.hosted_url.iter().chain(&link.sdk_token).peekable();
    assert!(ways.peek().is_some(), "neither an address nor a token");
    assert!(ways.all(|way: &Secret| !way.is_blank()), "a blank link");
    if let Some(expires_at) = link.expires_at {
        assert!(expires_at > exam.now(), "expired already: {expires_at}");
    }
}

/// A session that takes no more input has no link, and says so.
pub async fn renew_link_of_a_session_without_input_is_a_conflict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("renew_link_refused");
    let error = expect_err("renew_link", provider.renew_link(&exam.session()).await);
    replay.assert_used_up();
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
}
