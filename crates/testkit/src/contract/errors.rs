//! The clause about errors.

use idv_core::{Depth, ErrorKind, TransportFailure};

use super::examination::{Exam, expect_err};
use super::subject::{ContractSubject, ErrorCase};
use crate::replay::{Answer, Exchange, Exchanges, Injection, ReplayTransport};

/// Each failure of a read is the kind that tells the caller what to do: those of the vendor that the subject lists,
/// and those that every vendor has, with no body or a body that is no JSON.
pub async fn errors_are_told_apart_by_kind(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let listed = subject.errors();
    assert!(!listed.is_empty(), "the subject lists no error");
    for ErrorCase { answer, kind } in listed.into_iter().chain(everywhere()) {
        let what = format!(
            "{} {}",
            answer.status,
            idv_core::label(&String::from_utf8_lossy(&answer.body))
        );
        let one = Exchanges::of("an error", vec![Exchange::any(answer)]);
        let provider = exam.provider(ReplayTransport::new(one));
        let error = expect_err(&what, provider.fetch(&exam.session(), Depth::Verdict).await);
        assert_eq!(error.kind, kind, "{what}");
        assert_eq!(error.provider, provider.info().id, "{what}");
    }
    for (injection, kind) in [
        (
            Injection::NotSent(TransportFailure::Connect),
            ErrorKind::Unavailable,
        ),
        (
            Injection::AnswerLost(TransportFailure::Timeout),
            ErrorKind::Timeout,
        ),
        (
            Injection::AnswerLost(TransportFailure::TooLarge),
            ErrorKind::Unavailable,
        ),
    ] {
        let replay = ReplayTransport::new(exam.exchanges("fetch_verdict"));
        let what = format!("{injection:?}");
        replay.inject(1, injection);
        let provider = exam.provider(replay);
        let error = expect_err(&what, provider.fetch(&exam.session(), Depth::Verdict).await);
        assert_eq!(error.kind, kind, "{what}");
        assert!(error.retryable, "{what}");
    }
}

fn everywhere() -> Vec<ErrorCase> {
    let case = |answer, kind| ErrorCase { answer, kind };
    let slow_down = Answer::new(429, "").with_header("retry-after", "7");
    vec![
        case(Answer::new(401, ""), ErrorKind::InvalidCredentials),
        case(Answer::new(403, ""), ErrorKind::InvalidCredentials),
        case(Answer::new(404, "<html>"), ErrorKind::NotFound),
        case(
            slow_down,
            ErrorKind::RateLimited {
                retry_after_secs: Some(7),
            },
        ),
        case(
            Answer::new(429, "slow"),
            ErrorKind::RateLimited {
                retry_after_secs: None,
            },
        ),
        case(Answer::new(500, "<html>"), ErrorKind::Unavailable),
        case(Answer::new(502, ""), ErrorKind::Unavailable),
        case(Answer::new(503, "{}"), ErrorKind::Unavailable),
        case(Answer::new(200, "<html>"), ErrorKind::BadResponse),
        case(Answer::new(200, ""), ErrorKind::BadResponse),
        case(Answer::new(200, "{}"), ErrorKind::BadResponse),
        case(Answer::new(200, "[]"), ErrorKind::BadResponse),
        case(
            Answer::new(302, "").with_header("location", "https://elsewhere.invalid/"),
            ErrorKind::BadResponse,
        ),
    ]
}
