//! The provider contract: what every implementation of [`idv_core::IdProvider`] promises, as named tests.
//!
//! A provider crate describes itself in a [`ContractSubject`] and writes, in `tests/contract.rs`,
//! `idv_testkit::provider_contract!(Subject);`. Each clause becomes a test of its own, named after the promise, so
//! that the list of tests says which provider keeps which. A clause cannot be left out: what a vendor does not have
//! is stated in [`Facts`], and the clause then holds the provider to that.
//!
//! # Recordings a subject needs
//!
//! In `fixtures/<provider>/exchanges/`, all about the session [`Facts::session`]:
//!
//! | file | what happens |
//! |---|---|
//! | `start` | the session is made |
//! | `start_terminal` | the session is made and is in a final status at once |
//! | `start_refused` | the vendor refuses the field [`Facts::refused_field`] |
//! | `start_existing` | the vendor gives back a session of another intent; only if [`Facts::gives_existing`] |
//! | `start_resumed` | what the vendor answers besides when the start is run again after a crash or a lost answer: a session looked up or read again. Only where something else is asked then |
//! | `fetch_verdict` | the session, in one call |
//! | `fetch_full` | the session and all that explains it |
//! | `fetch_part_missing` | the same, and the part [`Facts::missing_part`] cannot be had; only if there is one |
//! | `fetch_unknown_status` | the session in a status nobody has listed |
//! | `fetch_not_found` | there is no such session |
//! | `renew_link`, `renew_link_refused` | a fresh link; the session takes no more input |
//! | `retry_session`, `retry_session_resumed` | another session for a person who has one; the look after a crash. Only with the ability |
//! | `cancel`, `cancel_again`, `cancel_refused` | withdrawn; withdrawn before; no longer possible. Only with the ability |
//! | `missed_events`, `missed_events_refused` | the webhooks that could not be delivered, on two pages, one about the session of `fetch_verdict`; the key may not ask. Only with the ability |
//! | `redact`, `redact_again`, `redact_refused`, `redact_not_found` | the erasure of the session of `fetch_verdict` is asked for, the last call being the one that asks; asked for before, and the data are gone; not possible in its state; there is no such session. Only with the ability |
//! | `complete_task`, `complete_task_refused` | the task [`AbilityFacts::task`] is handed `{"first_name":"Contracta"}`; the vendor refuses the data. Only with the ability |
//! | `evidence_list`, `evidence_open`, `evidence_not_found` | the files of the session, one of them [`AbilityFacts::evidence_file`]; that file is opened; it is gone. Only with the ability |
//! | `evidence_not_ready` | the file [`AbilityFacts::evidence_not_ready`] is still being written; only if there is one |
//! | `list`, `list_unreadable` | the sessions on two pages, the session of `fetch_verdict` among them; a page with one readable session and one object that cannot be read. Asked with the subject of the intent where [`ListScope`](idv_core::ListScope) asks for one, else for all. Only with the ability |
//! | `restore`, `restore_refused` | the erasure is taken back, and the session read; none is under way. Only with the ability |
//! | `retry_what_failed`, `retry_steps`, `retry_refused` | only what failed is asked again; only [`AbilityFacts::retry_step`] is; what failed is to be asked again, and the vendor does not ask that little. Only with the ability `retry` |
//! | `update`, `update_refused` | the person and the documents of the intent are set; the session takes no change any more. Only with the ability |
//! | `upload`, `upload_refused` | the front of a passport, `image/jpeg`, issued in `NL`, is handed in; it is refused. Only with the ability |
//! | `webhooks`, `webhooks_register`, `webhooks_register_refused`, `webhooks_unregister` | every registration, one of them lacking an event and one lacking nothing; `https://idv.example.com/webhooks/contract` is registered; it is refused; [`AbilityFacts::webhook`] is ended, and then is not there. Only with the ability |
//! | `verify` | what verifying a webhook asks for, if anything: the keys of both signers, and last an answer for a key nobody knows. Only where keys are fetched |

mod abilities;
mod assemble;
mod capabilities;
mod errors;
mod examination;
mod fetch;
mod interpret;
mod link;
mod mutation;
mod passed;
mod privacy;
mod start;
mod start_again;
mod subject;
mod translate;
mod verify;

pub use abilities::*;
pub use assemble::*;
pub use capabilities::*;
pub use errors::*;
pub use fetch::*;
pub use interpret::*;
pub use link::*;
pub use passed::*;
pub use privacy::*;
pub use start::*;
pub use start_again::*;
pub use subject::{AbilityFacts, ContractSubject, ErrorCase, Facts, Lack, Signer, VendorKey};
pub use translate::*;
pub use verify::*;

/// Runs one clause, in time that passes only when nothing else is left to do.
///
/// # Panics
/// If the clause does not hold.
pub fn run<F: Future<Output = ()>>(clause: F) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(clause);
}

/// Writes one test for each clause of the contract. The argument is an expression for a [`ContractSubject`].
#[macro_export]
macro_rules! provider_contract {
    ($subject:expr $(,)?) => {
        $crate::__provider_contract_tests! { $subject;
            // start
            start_makes_one_session
            start_sends_our_ids_along
            start_takes_a_session_that_is_finished_at_once
            start_does_not_take_over_the_session_of_another_intent
            start_names_the_field_that_the_vendor_refuses
            start_stops_when_its_progress_cannot_be_saved
            start_again_after_a_crash_at_any_checkpoint_makes_no_second_session
            start_again_after_a_lost_answer_makes_no_second_session
            start_that_may_have_worked_says_so
            calls_that_create_are_repeated_only_with_the_vendors_key
            // fetch
            fetch_of_the_verdict_is_one_call
            fetch_in_full_explains_the_verdict
            fetch_keeps_a_status_nobody_has_listed
            fetch_of_a_missing_session_is_not_found
            fetch_lists_a_part_that_cannot_be_had
            fetch_only_reads
            errors_are_told_apart_by_kind
            // link
            renew_link_gives_the_subject_a_way_in
            renew_link_of_a_session_without_input_is_a_conflict
            // translate
            recordings_are_translated_as_expected
            mapping_rows_are_all_cited
            origins_point_at_what_they_explain
            extra_members_change_nothing
            null_means_absent
            bytes_that_are_nothing_of_the_vendor_are_unreadable
            only_the_listed_words_pass
            steps_do_not_decide
            // assemble
            assembling_the_parts_gives_what_was_mapped
            assembling_does_not_depend_on_credentials
            assembling_a_session_is_translating_it
            assembling_without_the_session_is_unreadable
            // verify
            signed_webhook_is_accepted
            webhook_signed_with_the_previous_key_is_accepted
            unsigned_webhook_is_refused
            forged_webhook_is_refused
            webhook_signed_with_a_strange_key_is_refused
            tampered_webhook_is_refused
            reserialized_webhook_is_refused
            stale_webhook_is_refused
            webhook_from_the_future_is_refused
            empty_webhook_is_refused_or_unreadable
            webhook_with_two_signature_headers_is_refused
            redelivered_webhook_is_recognised
            webhook_is_undecided_only_while_a_key_cannot_be_had
            // interpret
            webhook_concerns_its_session
            webhook_of_an_unknown_type_concerns_nothing
            webhook_of_another_product_concerns_nothing
            signed_webhook_that_is_no_json_is_unreadable
            // abilities
            declared_abilities_are_exercised_and_absent_ones_are_none
            cancel_withdraws_the_session
            cancel_of_a_withdrawn_session_is_no_error
            cancel_that_comes_too_late_is_a_conflict
            missed_events_name_the_sessions_nobody_was_told_of
            missed_events_may_be_forbidden
            missed_events_without_an_answer_are_not_none
            redact_asks_for_erasure_and_keeps_the_decision
            redact_of_a_redacted_session_is_no_error
            redact_that_is_refused_is_a_conflict
            redact_of_a_missing_session_is_not_found
            redact_without_an_answer_may_be_repeated
            complete_task_is_sent_once
            complete_task_refused_is_invalid_input
            evidence_lists_each_file_once_and_without_links
            evidence_opens_a_file_and_sends_credentials_to_the_api_only
            evidence_that_is_gone_is_not_found
            evidence_that_is_not_ready_is_a_state
            evidence_is_nowhere_printed
            list_meets_every_session_on_every_page
            list_of_one_that_cannot_be_read_hides_no_other
            list_only_reads
            list_without_an_answer_is_not_the_end
            list_without_the_subject_it_needs_is_invalid_input
            restore_brings_the_session_back
            restore_without_an_erasure_is_a_conflict
            retry_makes_another_session
            retry_again_after_a_crash_at_any_checkpoint_makes_no_second_session
            retry_asks_again_only_what_it_was_told
            retry_refused_is_a_conflict
            retry_of_a_step_that_cannot_be_asked_alone_is_unsupported
            update_changes_an_open_session
            update_that_comes_too_late_is_a_conflict
            upload_hands_in_one_file_once
            upload_that_is_refused_names_the_field
            webhooks_that_lack_an_event_say_so
            webhooks_are_registered_with_everything_that_matters_and_a_secret
            webhook_registration_is_never_repeated_blindly
            webhook_registration_that_is_refused_is_invalid_input
            unregistering_a_webhook_twice_is_no_error
            webhook_secrets_are_nowhere_printed
            // capabilities
            capabilities_are_sorted_and_hold_each_value_once
            capabilities_are_what_the_recordings_show
            webhook_types_are_what_the_recordings_show
            // privacy
            nothing_printed_or_stored_in_the_clear_shows_a_person_or_a_secret
            credential_pointers_cover_every_link
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __provider_contract_tests {
    ($subject:expr; $($clause:ident)+) => { $(
        #[test]
        fn $clause() {
            $crate::contract::run($crate::contract::$clause(&$subject));
        }
    )+ };
}

#[cfg(test)]
mod tests;
