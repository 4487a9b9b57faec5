use serde_json::Value;

use super::*;

const STEPS: &[Step] = &[
    Step::AcceptTos,
    Step::KycCheck,
    Step::DocumentaryVerification,
];

#[test]
fn a_failed_step_is_made_up_for_by_the_next() {
    let mut attempt = Attempt::new("idv_1", "subject-1", STEPS, 100);
    attempt.pass(Step::AcceptTos, Some(Step::KycCheck)).unwrap();
    let next = Some(Step::DocumentaryVerification);
    let event = attempt.fail(Step::KycCheck, next).unwrap();
    assert_eq!(event.code, "STEP_UPDATED");
    let object = attempt.object();
    assert_eq!(object["status"], "active");
    assert_eq!(object["completed_at"], Value::Null);
    assert_eq!(object["steps"]["kyc_check"], "failed");
    assert_eq!(object["steps"]["documentary_verification"], "active");
    assert_eq!(object["steps"]["selfie_check"], "not_applicable");
    assert_eq!(object["kyc_check"]["address"]["summary"], "no_match");
    assert_eq!(object["documentary_verification"], Value::Null);

    attempt.pass(Step::DocumentaryVerification, None).unwrap();
    let event = attempt.end(160, Verdict::Success).unwrap();
    assert_eq!(event.code, "STATUS_UPDATED");
    let object = attempt.object();
    assert_eq!(object["status"], "success");
    assert_eq!(object["completed_at"], "1970-01-01T00:02:40Z");
    assert_eq!(object["steps"]["kyc_check"], "failed");
}

#[test]
fn what_cannot_happen_is_refused() {
    let mut attempt = Attempt::new("idv_1", "subject-1", STEPS, 0);
    assert!(attempt.pass(Step::KycCheck, None).is_err());
    let refused = attempt.pass(Step::AcceptTos, Some(Step::SelfieCheck));
    assert!(refused.is_err());
    assert!(attempt.end(1, Verdict::Success).is_err());
    attempt.end(1, Verdict::Canceled).unwrap();
    assert_eq!(attempt.object()["steps"]["accept_tos"], "canceled");
    let refused = attempt.end(2, Verdict::Failed).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "an attempt that is canceled cannot end"
    );
}

#[test]
fn nobody_succeeds_while_a_step_still_waits() {
    let steps = [Step::KycCheck, Step::RiskCheck];
    let mut attempt = Attempt::new("idv_1", "subject-1", &steps, 0);
    attempt.pass(Step::KycCheck, None).unwrap();
    for verdict in [None, Some(Status::Success)] {
        let refused = attempt.decide(verdict, 1).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "an attempt that is active cannot succeed while a step still waits"
        );
    }
    let mut failed = attempt.clone();
    failed.decide(Some(Status::Failed), 1).unwrap();
    attempt.walk(None, 1).unwrap();
    attempt.decide(None, 2).unwrap();
    assert_eq!(attempt.status(), Status::Success);

    let mut halted = Attempt::new("idv_2", "subject-1", &steps, 0);
    halted.fail(Step::KycCheck, None).unwrap();
    assert!(halted.end(1, Verdict::Success).is_err());
    halted.decide(None, 1).unwrap();
    assert_eq!(halted.status(), Status::Failed);
}

#[test]
fn another_attempt_names_the_one_before() {
    let mut attempt = Attempt::new("idv_1", "subject-1", STEPS, 0);
    attempt.fail(Step::AcceptTos, None).unwrap();
    attempt.end(1, Verdict::Failed).unwrap();
    let (again, event) = attempt.retry("idv_2", 5);
    assert_eq!(again.object()["previous_attempt_id"], "idv_1");
    assert_eq!(again.object()["steps"]["accept_tos"], "active");
    assert_eq!(event.code, "RETRIED");
}
