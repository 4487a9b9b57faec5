//! The promises every store keeps, each one a function over a fresh, empty store.
//!
//! A store crate runs them all against itself with [`store_suite!`](crate::store_suite!):
//!
//! ```text
//! async fn fresh() -> (Arc<dyn Store>, tempfile::TempDir) { … }
//! idv_engine::store_suite!(fresh());
//! ```
//!
//! The expression is a future that yields the store and whatever must live as long as it does. The crate that runs
//! it needs tokio with its test macro.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, for another crate to run: a broken promise is a panic"
)]

mod api_keys;
mod aside;
mod claims;
mod commands;
mod deliveries;
mod duplicates;
mod endpoints;
mod erasures;
mod event_attempts;
mod event_claims;
mod event_lists;
mod events;
mod fan_out;
mod jobs;
mod keys;
mod lists;
mod observations;
mod requests;
mod resends;
mod rotation;
mod sample;
mod sessions;
mod stream;
mod units;

/// Makes of the one list below: a public function per promise, and the macro that turns each into a test. A promise
/// that is missing in the list is dead code, which the compiler reports.
macro_rules! promises {
    ($d:tt $($module:ident { $($promise:ident)* })*) => {
        $($(
            #[doc = concat!("The promise `", stringify!($promise), "`.")]
            pub async fn $promise(store: std::sync::Arc<dyn $crate::store::Store>) {
                $module::$promise(store).await;
            }
        )*)*

        /// Turns every promise of [`store_suite`](mod@crate::store_suite) into a test.
        #[macro_export]
        macro_rules! store_suite {
            ($d open:expr) => {
                $($(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $promise() {
                        let (store, _kept) = $d open.await;
                        $crate::store_suite::$promise(store).await;
                    }
                )*)*
            };
        }
    };
}

promises! { $
    units {
        a_sound_store_says_so
        what_was_committed_is_there
        a_dropped_unit_of_work_leaves_nothing
        nobody_sees_a_unit_of_work_before_its_commit
        a_refused_row_does_not_spoil_the_unit_of_work
        read_decide_write_loses_no_update
    }
    keys {
        the_first_value_of_a_name_stays
        an_owner_has_one_data_key
        a_subject_is_found_by_its_blind_index
        one_of_many_who_insert_a_subject_wins
        a_subject_locked_by_its_id_is_locked
    }
    rotation {
        a_value_of_a_name_can_be_replaced
        a_rewrapped_key_keeps_its_id_and_owner
        keys_of_every_other_master_key_are_found
        no_data_key_is_rewrapped_by_two
    }
    requests {
        a_request_reads_back_as_written
        a_status_of_any_length_is_kept_and_found
        a_subject_has_one_open_request
        a_final_request_makes_room_for_the_next
        a_refused_request_leaves_no_organization
        a_second_request_cannot_be_reopened
        an_update_changes_what_may_change_only
        one_of_many_who_insert_an_open_request_wins
        many_who_ask_first_share_one_open_request
        affected_organizations_only_grow
        requests_of_a_subject_come_oldest_first
    }
    sessions {
        a_session_reads_back_as_written
        a_vendor_id_is_unique_within_an_account
        an_update_cannot_take_another_sessions_vendor_id
        sessions_come_oldest_first
        a_checkpoint_is_replaced_by_its_name
        pages_of_an_accounts_sessions_miss_nothing
    }
    observations {
        an_observation_reads_back_without_its_raw_bytes
        observations_come_in_the_order_of_arrival
        a_delivery_has_one_observation_per_source
        pages_of_observations_miss_nothing
        raw_bytes_are_found_by_the_id_of_their_observation
    }
    commands {
        a_command_key_is_claimed_once
        a_command_key_of_a_dropped_unit_is_free
        one_of_many_who_give_a_command_carries_it_out
        a_forgotten_command_key_may_be_given_again
        the_commands_of_a_request_come_in_their_order
    }
    events {
        an_event_reads_back_as_written
        a_request_announces_each_key_once
        a_unit_of_work_sees_what_was_announced
        an_event_of_a_dropped_unit_was_never_announced
        one_of_many_who_announce_a_key_does
        events_come_in_the_order_in_which_they_were_written
    }
    stream {
        an_event_about_nobody_reads_back_as_written
        events_get_places_without_gaps_in_the_order_of_their_request
        an_event_of_a_dropped_unit_leaves_no_gap
        a_reader_who_reads_on_while_many_write_misses_nothing
    }
    endpoints {
        an_endpoint_reads_back_as_written
        an_update_changes_all_of_an_endpoint_but_its_id_and_birth
        who_changes_an_endpoint_has_it_alone
        a_removed_endpoint_takes_its_deliveries_with_it
    }
    fan_out {
        an_event_becomes_a_delivery_for_each_endpoint_that_wants_it
        what_is_addressed_to_an_endpoint_is_for_nobody_else
        an_endpoint_is_given_what_comes_after_its_place
        an_endpoint_that_was_off_goes_on_where_it_stopped
        many_who_fan_out_make_each_delivery_once
    }
    event_claims {
        the_earliest_of_each_request_is_claimed_first
        what_waits_for_another_try_holds_back_its_request_only
        what_waits_behind_a_failing_one_is_not_looked_at_before
        a_delivery_lease_keeps_others_away_until_it_ends
        nothing_is_claimed_for_an_endpoint_that_is_off_or_rests
        no_more_are_claimed_than_the_rate_allows
        no_two_deliveries_of_a_request_are_under_way
    }
    event_attempts {
        an_attempt_reads_back_as_written
        the_first_to_settle_a_delivery_is_right
        an_attempt_of_a_dropped_unit_was_never_made
        an_attempt_at_what_is_gone_is_nothing
    }
    resends {
        a_resent_delivery_begins_anew
        an_event_is_sent_by_hand_to_whom_it_may_go
        a_delivery_resent_while_under_way_is_not_given_up
        a_resent_delivery_is_not_under_way_beside_a_later_one
        a_replay_puts_back_what_the_endpoint_wants
    }
    event_lists {
        deliveries_of_events_are_listed_newest_first_and_filtered
        a_page_of_deliveries_ends_with_an_event
        deliveries_that_are_done_are_forgotten_by_their_age
        counts_of_the_outbox_follow_every_change
    }
    erasures {
        an_erased_subject_is_found_no_more
        an_erased_reference_is_somebody_new
        a_destroyed_data_key_is_gone
        bodies_are_replaced_where_no_work_is_left
        an_erasure_reads_back_as_written
        subjects_at_rest_are_those_nothing_happens_to
        a_scrub_leaves_what_is_there
    }
    deliveries {
        an_appended_delivery_reads_back_as_written
        a_failed_append_stores_nothing
        any_text_and_any_bytes_survive
        settling_says_what_became_of_it
        settling_in_a_dropped_unit_is_undone
        the_first_to_settle_is_right
        requeue_brings_back_what_is_dead_ignored_or_unmatched
        unmatched_deliveries_wake_up_for_their_session_only
        lists_of_deliveries_are_newest_first_and_filtered
        counts_follow_every_change
    }
    aside {
        all_that_pass_a_filter_go_back_to_work
        what_is_left_without_a_body_does_not_go_back
        what_has_become_known_goes_back_to_work
        the_old_among_the_unmatched_are_given_up
        the_newest_of_the_unmatched_are_kept
        the_bodies_of_the_old_among_the_dead_are_emptied
    }
    duplicates {
        a_duplicate_names_the_first
        the_same_delivery_again_is_stored
        duplicates_within_one_call_are_found
        a_large_batch_is_answered_in_its_order
        accounts_do_not_share_deduplication_keys
        a_duplicate_wakes_what_is_done_or_unmatched
        a_duplicate_leaves_what_is_dead_or_ignored
        a_duplicate_that_does_not_ask_wakes_nothing
        a_duplicate_during_the_work_makes_another_round
        a_duplicate_before_the_work_makes_no_extra_round
    }
    claims {
        due_deliveries_are_claimed_oldest_first
        what_waits_of_a_session_is_claimed_together
        a_claim_is_bounded_and_has_what_is_due_first
        a_session_at_work_is_given_to_nobody_else
        accounts_left_out_are_passed_over
        no_session_is_claimed_by_two
        a_lease_keeps_others_away_until_it_ends
        a_renewed_lease_keeps_others_away_for_longer
        no_delivery_is_claimed_by_two
        a_delivery_given_back_waits_until_it_is_due
        a_try_that_does_not_count_can_be_taken_back
        who_lost_a_lease_gives_nothing_back
        what_waits_of_an_account_can_be_made_due
        giving_back_what_was_settled_changes_nothing
    }
    jobs {
        a_job_is_claimed_when_it_is_due
        a_job_lease_keeps_others_away_until_it_ends
        a_renewed_job_keeps_others_away_for_longer
        a_job_of_a_dropped_unit_does_not_exist
        no_job_is_claimed_by_two
        a_finished_job_is_gone
        a_job_may_be_about_a_request_alone
        a_job_finished_by_its_id_is_gone
        jobs_of_accounts_left_out_are_passed_over
        a_try_that_does_not_count_is_taken_back
        what_failed_of_an_account_can_be_made_due
    }
    api_keys {
        an_api_key_reads_back_as_written
        a_name_has_one_valid_key
        a_revoked_key_is_revoked_once_and_stays_listed
    }
    lists {
        requests_are_listed_newest_first
        every_condition_of_a_list_holds
        pages_of_requests_miss_nothing
    }
}
