//! The list of clauses is complete.

use std::collections::BTreeSet;

/// Every clause that is written is in the macro, and the other way round.
#[test]
fn no_clause_is_left_out_of_the_list() {
    let rooms = [
        include_str!("abilities/mod.rs"),
        include_str!("abilities/cancel.rs"),
        include_str!("abilities/complete_task.rs"),
        include_str!("abilities/evidence.rs"),
        include_str!("abilities/list.rs"),
        include_str!("abilities/missed_events.rs"),
        include_str!("abilities/redact.rs"),
        include_str!("abilities/restore.rs"),
        include_str!("abilities/retry.rs"),
        include_str!("abilities/update.rs"),
        include_str!("abilities/upload.rs"),
        include_str!("abilities/webhook_admin.rs"),
        include_str!("assemble.rs"),
        include_str!("capabilities.rs"),
        include_str!("errors.rs"),
        include_str!("fetch.rs"),
        include_str!("interpret.rs"),
        include_str!("link.rs"),
        include_str!("passed.rs"),
        include_str!("privacy.rs"),
        include_str!("start.rs"),
        include_str!("start_again.rs"),
        include_str!("translate.rs"),
        include_str!("verify.rs"),
    ];
    let written: BTreeSet<&str> = rooms
        .iter()
        .flat_map(|room| room.lines())
        .filter_map(|line| line.strip_prefix("pub async fn "))
        .filter_map(|line| line.split('(').next())
        .collect();
    let listed: BTreeSet<&str> = include_str!("mod.rs")
        .split("__provider_contract_tests! { $subject;")
        .nth(1)
        .and_then(|rest| rest.split('}').next())
        .expect("the macro has its list")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect();
    assert_eq!(written, listed);
}
