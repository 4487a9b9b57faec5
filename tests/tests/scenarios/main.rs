//! Every scenario shows what it says: played in virtual time, read through the vendor's own provider and the engine, and
//! compared with what the application gets. The table of which scenario shows what is crates/simulator/SCENARIOS.md.
#![cfg(test)]

mod column;
mod onfido;
mod places;
mod plaid;
mod stripe;
mod table;
mod world;

use column::Column;

/// The vendors, in the order of the table.
const COLUMNS: &[&Column] = &[&onfido::COLUMN, &plaid::COLUMN, &stripe::COLUMN];

/// Plays every scenario of a vendor, and collects what did not show.
async fn play_all(column: &Column) {
    let library = idv_simulator::scenario::Library::built_in();
    let mut complaints = Vec::new();
    for scenario in library.of(column.kind) {
        let shown = world::play(column, scenario).await;
        complaints.extend(
            shown
                .problems
                .iter()
                .map(|p| format!("{}: {p}", scenario.name)),
        );
        for place in &scenario.shows {
            if !shown.places.contains(place) {
                let seen: Vec<_> = shown.places.iter().map(String::as_str).collect();
                let (name, seen) = (&scenario.name, seen.join(" "));
                complaints.push(format!("{name} does not show {place}, but: {seen}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn every_scenario_of_onfido_shows_what_it_says() {
    play_all(&onfido::COLUMN).await;
}

#[tokio::test]
async fn every_scenario_of_plaid_shows_what_it_says() {
    play_all(&plaid::COLUMN).await;
}

#[tokio::test]
async fn every_scenario_of_stripe_shows_what_it_says() {
    play_all(&stripe::COLUMN).await;
}

#[tokio::test]
async fn a_person_who_is_erased_is_erased_at_the_vendor_too() {
    let library = idv_simulator::scenario::Library::built_in();
    let passed = library.find(onfido::COLUMN.kind, "passed").unwrap();
    let seen = world::erased(&onfido::COLUMN, passed).await;
    let expected = ["present", "redacted", "redaction_pending"];
    assert!(
        seen.into_iter()
            .eq(expected.map(|state| format!("data_state:{state}")))
    );
}

#[test]
fn every_value_a_vendor_can_produce_is_shown_or_says_why_not() {
    let complaints: Vec<_> = COLUMNS.iter().flat_map(|c| table::complaints(c)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_table_in_the_repository_is_that_of_the_library() {
    table::compare(COLUMNS);
}
