//! What the model demands, and the test that shows it.
//!
//! Every row is checked against this program's own list of tests, so that a test that is renamed or lost is missed. The
//! program runs once per store, and with it every row marked [`Shown::Here`].

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use Shown::{Elsewhere, Here};

/// Where a row is shown.
enum Shown {
    /// By a test of this program, on the store it runs on.
    Here(&'static str),
    /// By a test that needs no database: its file, from the workspace's root, and its name.
    Elsewhere(&'static str, &'static str),
}

const CONVERGENCE: &str = "tests/tests/convergence/main.rs";
const FOLD: &str = "crates/engine/tests/fold.rs";
const SUITE: &str = "crates/engine/src/store_suite";

/// The row of the model (A.3: actions and queries, A.4: invariants, D.7: order, D.8: hard cases) or of the way of events
/// out, and its tests.
#[rustfmt::skip]
const ROWS: &[(&str, &[Shown])] = &[
    ("A.3 create", &[Here("requests::a_new_request_comes_with_a_link")]),
    ("A.3 get_or_request: locks the subject, one open request", &[Here("requests::of_64_calls_at_once_one_makes_the_request_and_all_get_it")]),
    ("A.3 get_or_request: the organization is mapped either way", &[Here("requests::an_open_request_is_returned_with_a_fresh_link_and_the_new_organization"), Here("company::one_pass_of_user_1_unblocks_company_1_and_company_2")]),
    ("A.3 update", &[Here("update::an_update_replaces_what_it_names_and_nothing_else"), Here("update::of_what_is_over_only_the_organizations_grow")]),
    ("A.3 cancel_by_workflow_run: reason, joins the caller's transaction", &[Here("cancel::cancelling_by_session_joins_the_callers_unit_and_does_not_commit"), Here("cancel::cancelling_by_session_needs_a_reason_and_a_session_there_is")]),
    ("A.3 cancel_and_recreate: only from failed", &[Here("recreate::only_a_failed_request_is_made_anew"), Here("recreate::a_request_the_subject_has_left_counts_as_failed_and_is_marked_as_abandoned")]),
    ("A.3 cancel_and_recreate: actor and comment", &[Here("recreate::making_anew_needs_a_person_and_a_comment")]),
    ("A.3 cancel_and_recreate: cancel, new request, restart context and mail are one", &[Here("recreate::a_failed_request_is_withdrawn_and_made_anew_in_one_step"), Here("recreate::what_cannot_be_made_anew_is_not_withdrawn_either")]),
    ("A.3 bypass", &[Here("bypass::a_bypass_passes_the_request_and_the_vendors_result_stays"), Here("bypass::a_bypass_needs_a_person_and_a_comment"), Here("bypass::a_bypass_is_for_what_has_not_passed_and_was_not_withdrawn")]),
    ("A.3 send_reminder", &[Here("remind::a_subject_who_must_act_is_reminded_by_an_event_and_a_mail")]),
    ("A.3 get", &[Here("requests::what_was_said_of_the_person_comes_back_to_the_application")]),
    ("A.3 find_uncompleted", &[Here("reuse::uncompleted_requests_are_found_by_age_and_the_last_active_ones_by_whom_they_concern")]),
    ("A.3 last_active_for_user", &[Here("reuse::uncompleted_requests_are_found_by_age_and_the_last_active_ones_by_whom_they_concern")]),
    ("A.3 last_active_for_company: passed first, whenever it happened", &[Here("company::for_a_company_a_pass_counts_whenever_it_happened"), Here("company::a_pass_counts_for_a_company_in_its_own_environment_only")]),
    ("A.4.1 at most one open request per subject", &[Here("requests::of_64_calls_at_once_one_makes_the_request_and_all_get_it"), Elsewhere(SUITE, "a_subject_has_one_open_request")]),
    ("A.4.2 a final request does not reopen by itself", &[Here("limits::news_of_a_superseded_session_is_kept_and_moves_nothing"), Elsewhere(FOLD, "a_final_status_is_not_left_without_a_listed_reopening")]),
    ("A.4.2 a restart is a new request that names the first", &[Here("recreate::a_failed_request_is_withdrawn_and_made_anew_in_one_step")]),
    ("A.4.3 cancel needs a reason", &[Here("cancel::a_cancellation_without_a_reason_is_refused")]),
    ("A.4.3 recreate and bypass need an actor and a comment", &[Here("recreate::making_anew_needs_a_person_and_a_comment"), Here("bypass::a_bypass_needs_a_person_and_a_comment"), Here("bypass::an_actor_that_looks_like_an_address_or_a_name_is_refused")]),
    ("A.4.4 the affected organizations only grow", &[Here("update::of_what_is_over_only_the_organizations_grow"), Here("requests::an_open_request_is_returned_with_a_fresh_link_and_the_new_organization")]),
    ("A.4.5 one event with every organization", &[Here("company::one_pass_of_user_1_unblocks_company_1_and_company_2")]),
    ("A.4.6 mails after the commit", &[Here("remind::a_mail_that_did_not_go_out_is_sent_again_under_the_same_id"), Here("recreate::a_failed_request_is_withdrawn_and_made_anew_in_one_step")]),
    ("A.4.7 a reminder only where the subject must act", &[Here("remind::nobody_is_reminded_while_somebody_else_must_act"), Here("remind::a_reminder_of_what_is_over_by_then_is_not_sent")]),
    ("A.4 reuse: pending only, or a young pass", &[Here("reuse::by_default_a_pass_is_not_given_out_again"), Here("reuse::a_pass_is_given_out_again_only_where_asked_for_and_while_it_is_young")]),
    ("A.4 at most so many requests per window", &[Here("reuse::no_subject_is_asked_more_often_than_the_policy_allows")]),
    ("D.7.1 append first, then fold", &[Here("webhooks::a_whole_life_is_followed_and_told"), Elsewhere(CONVERGENCE, "every_order_and_repetition_gives_the_same_state_and_the_same_events")]),
    ("D.7.2 a webhook is a hint, the fetch is the state", &[Here("webhooks::an_account_that_can_ask_believes_the_answer_and_not_the_payload"), Elsewhere(CONVERGENCE, "no_order_of_webhooks_alone_makes_a_pass_where_the_vendor_can_be_asked")]),
    ("D.7.2 a receiver's payloads are unconfirmed and never leave a decision", &[Here("webhooks::an_adopted_session_becomes_a_request_of_its_subject"), Elsewhere(FOLD, "a_late_payload_does_not_undo_a_pass")]),
    ("D.7.3 the order key", &[Elsewhere(FOLD, "a_fetch_that_began_later_counts_whenever_it_came_back"), Elsewhere(CONVERGENCE, "a_fold_that_goes_by_arrival_is_caught")]),
    ("D.7.4 rank breaks ties only", &[Elsewhere(FOLD, "a_new_attempt_may_lower_the_rank_and_an_old_one_may_not")]),
    ("D.7.5 leaving a final status needs a listed reopening", &[Elsewhere(FOLD, "a_final_status_is_not_left_without_a_listed_reopening"), Here("limits::news_of_a_superseded_session_is_kept_and_moves_nothing")]),
    ("D.7.5b a reopening beside another open request is a conflict", &[Here("reopening::a_reopening_beside_another_open_request_is_a_conflict")]),
    ("D.7.5c errored restarts within a budget", &[Here("limits::a_technical_end_is_begun_anew_once_and_then_told"), Here("limits::a_start_the_vendor_refused_is_not_begun_anew")]),
    ("D.7.5c cancel and review are legal from unknown, and it runs out of time", &[Here("review::a_status_nobody_knows_may_be_decided"), Here("limits::a_status_nobody_knows_runs_out_of_time_too"), Here("cancel::a_status_nobody_knows_may_be_cancelled")]),
    ("D.7.5d the fold reads only what is stored in our words", &[Elsewhere(FOLD, "erasure_at_the_vendor_leaves_verdict_and_reasons")]),
    ("D.7.6 late news of what is cancelled or superseded moves nothing; a late pass asks for attention", &[Here("cancel::a_pass_after_a_cancellation_moves_nothing_and_asks_for_attention"), Here("webhooks::a_second_session_of_an_open_request_joins_it")]),
    ("D.7.7 a webhook before the answer to the create", &[Here("requests::a_webhook_that_came_before_the_answer_is_worked_on_after_it"), Here("webhooks::an_unknown_session_is_kept_until_somebody_claims_it")]),
    ("D.7.7 an existing session of another intent is never taken over", &[Here("requests::a_session_of_another_intent_is_never_taken_over")]),
    ("D.7.8 duplicates", &[Here("webhooks::the_same_webhook_twice_changes_nothing"), Here("webhooks::a_duplicate_makes_an_account_that_can_ask_look_again")]),
    ("D.7.9 an override wins, later changes ask for attention", &[Here("bypass::a_vendor_that_fails_the_subject_after_a_bypass_asks_for_attention_and_moves_nothing")]),
    ("D.8 a vendor that never fails anybody: policy failure and vendor cancel", &[Here("limits::a_subject_who_failed_too_many_tries_has_failed_and_the_vendor_is_told"), Here("limits::a_reason_that_no_other_try_can_mend_ends_the_request_where_the_policy_says_so")]),
    ("D.8 a review of ours: owner client, resolve_review", &[Here("review::a_review_of_ours_is_decided_either_way"), Here("review::a_review_of_the_vendors_is_not_ours_to_decide")]),
    ("D.8 a technical end: may restart once", &[Here("limits::a_technical_end_is_begun_anew_once_and_then_told")]),
    ("D.8 never remind while the client must act", &[Here("remind::nobody_is_reminded_while_somebody_else_must_act")]),
    ("D.8 expired and abandoned are distinct", &[Here("limits::what_is_open_for_too_long_expires_and_the_vendor_is_told"), Here("limits::somebody_who_began_and_left_has_abandoned_and_somebody_who_never_came_has_not")]),
    ("D.8 redacted: the decision stays", &[Elsewhere(FOLD, "erasure_at_the_vendor_leaves_verdict_and_reasons")]),
    ("D.8 manual override: status, source and who", &[Here("bypass::a_bypass_passes_the_request_and_the_vendors_result_stays")]),
    ("Events out: at least once, under the same id", &[Here("delivering::a_gateway_that_dies_after_sending_sends_again_under_the_same_id"), Here("delivering::two_gateways_send_each_event_once_and_in_order")]),
    ("Events out: in order per request", &[Here("delivering::a_failing_delivery_delays_its_own_request_only_and_keeps_its_order"), Here("delivering::tries_follow_the_schedule_with_the_same_id_and_body_and_then_the_next_event_goes")]),
    ("Events out: no endpoint hurts another", &[Here("delivering::an_endpoint_that_hangs_keeps_nothing_from_the_others"), Here("troubled::a_dead_endpoint_with_much_to_be_told_costs_one_try_at_a_time")]),
    ("Events out: disabled after days, 410 at once, nothing lost", &[Here("troubled::one_that_failed_for_days_is_switched_off_told_of_and_can_be_enabled"), Here("troubled::one_that_is_gone_is_sent_nothing_more_and_others_are_told"), Here("endpoints::one_that_was_switched_off_goes_on_where_it_stopped")]),
    ("Events out: rotation with overlap", &[Here("endpoints::after_a_rotation_both_secrets_sign_until_the_overlap_is_over")]),
    ("Events out: the stream has no gaps, tombstones where a person was erased", &[Here("stream::whoever_reads_on_from_the_last_place_misses_nothing"), Here("stream::an_erased_person_leaves_places_without_data"), Here("payloads::of_an_erased_person_only_that_they_were_erased_is_sent")]),
    ("Events out: resend, replay, test event", &[Here("stream::one_event_is_sent_again_as_often_as_somebody_wants"), Here("stream::a_replay_sends_everything_after_a_place_again_and_in_order"), Here("delivering::an_endpoint_is_told_what_it_wants_and_what_is_meant_for_it")]),
    ("D.8 retry in the same object is a new attempt", &[Elsewhere(FOLD, "a_new_attempt_may_lower_the_rank_and_an_old_one_may_not")]),
];

/// The tests of this very program, as its own runner lists them.
fn listed() -> BTreeSet<String> {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).arg("--list").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

fn source_of(path: &Path) -> String {
    if path.is_file() {
        return std::fs::read_to_string(path).unwrap();
    }
    let files = std::fs::read_dir(path).unwrap();
    files.map(|file| source_of(&file.unwrap().path())).collect()
}

#[test]
fn every_row_of_the_model_has_its_tests() {
    let listed = listed();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut missing = Vec::new();
    for (row, tests) in ROWS {
        assert!(!tests.is_empty(), "{row}");
        for test in *tests {
            let (is_there, name) = match test {
                Here(name) => (listed.contains(&format!("cases::{name}")), *name),
                Elsewhere(file, name) => {
                    let source = source_of(&root.join(file));
                    (source.contains(&format!("fn {name}(")), *name)
                }
            };
            if !is_there {
                missing.push(format!("{row}: {name}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "rows without their test:\n{}",
        missing.join("\n")
    );
    println!("{} rows on {}", ROWS.len(), crate::store_under_test::NAME);
}
