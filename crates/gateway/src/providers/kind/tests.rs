//! Every kind shows itself, and the read-me of the repository shows what they can do.

use std::path::Path;

use idv_core::{Abilities, SystemClock};

use super::*;

const BEGIN: &str = "<!-- abilities: begin -->\n";
const END: &str = "<!-- abilities: end -->\n";

/// Set to anything, the test below writes the table instead of holding the read-me against it.
const WRITE: &str = "IDV_WRITE_README";

fn all() -> Vec<Kind> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    kinds(&clock)
}

#[test]
fn every_kind_shows_itself() {
    let shown: Vec<_> = all().iter().map(|kind| kind.provider).collect();
    let listed: Vec<_> = PROVIDERS.iter().map(|provider| provider.id).collect();
    assert_eq!(shown, listed);
}

/// The table of the read-me, as the providers have it.
fn table() -> String {
    let kinds = all();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = ["ability", "what it is"].into_iter();
    let head = head.chain(kinds.iter().map(|kind| kind.vendor));
    let mut table = row(head.map(str::to_owned).collect());
    table.push_str(&"|---".repeat(2));
    table.push_str(&"|:---:".repeat(kinds.len()));
    table.push_str("|\n");
    for (word, what) in Abilities::KNOWN {
        let has = |kind: &Kind| kind.abilities.contains(word);
        let ticks = kinds.iter().map(|kind| if has(kind) { "✓" } else { "" });
        let cells = [format!("`{word}`"), (*what).to_owned()].into_iter();
        table.push_str(&row(cells.chain(ticks.map(str::to_owned)).collect()));
    }
    table
}

/// The text with what stands between the markers replaced; none if they are not there.
fn with_table(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[test]
fn the_read_me_shows_what_each_kind_can_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let right = with_table(&text, &table()).expect("README.md has both markers");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, right).unwrap();
        return;
    }
    assert!(
        text == right,
        "README.md: the table of abilities is not what the providers have. This is:\n\n{}\n\
         {WRITE}=1 cargo test -p idv-gateway --lib the_read_me_shows_what_each_kind_can_do\nwrites it.",
        table()
    );
}

#[test]
fn a_table_that_says_otherwise_is_noticed() {
    let text = format!("a\n{BEGIN}\n{}\n{END}b\n", table());
    assert_eq!(with_table(&text, &table()).unwrap(), text);
    let wrong = text.replacen('✓', "", 1);
    assert_ne!(with_table(&wrong, &table()).unwrap(), wrong);
    assert_eq!(with_table("no markers", &table()), None);
}
