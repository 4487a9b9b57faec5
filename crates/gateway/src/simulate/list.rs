//! `idv simulate --list`: the scenarios there are.

use std::process::ExitCode;

use idv_simulator::VendorKind;
use idv_simulator::scenario::{Library, Scenario};
use serde_json::{Value, json};

use crate::cli::{Outcome, say_json};
use crate::terminal::{self, Ink, colours};

/// Lines are no longer than this, where the words allow it.
const WIDTH: usize = 100;

/// What a scenario shows stands so far in.
const INDENT: usize = 6;

pub(super) fn say(library: &Library, kinds: &[VendorKind], as_json: bool) -> Outcome {
    if as_json {
        let all = kinds.iter().flat_map(|kind| library.of(*kind));
        say_json(&all.map(as_value).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let colours = colours(&std::io::stdout());
    for (index, kind) in kinds.iter().enumerate() {
        if index > 0 {
            terminal::say("");
        }
        terminal::say(&Ink::Strong.paint(kind.as_word(), colours));
        let widest = library.of(*kind).map(|scenario| scenario.name.len()).max();
        for scenario in library.of(*kind) {
            let (name, title) = (&scenario.name, &scenario.title);
            terminal::say(&format!(
                "  {name:width$}  {title}",
                width = widest.unwrap_or(0)
            ));
            for line in shows(scenario) {
                terminal::say(&Ink::Faint.paint(&line, colours));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_value(scenario: &Scenario) -> Value {
    json!({
        "vendor": scenario.vendor.as_word(),
        "name": scenario.name,
        "title": scenario.title,
        "shows": scenario.shows,
        "steps": scenario.steps.len(),
        "takes_secs": scenario.steps.iter().map(|step| step.after_secs).sum::<u64>(),
    })
}

/// The places of the model it shows, in lines that are not too long.
fn shows(scenario: &Scenario) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for place in &scenario.shows {
        match lines.last_mut() {
            Some(line) if line.len() + 2 + place.len() <= WIDTH => {
                line.push_str("  ");
                line.push_str(place);
            }
            _ => lines.push(format!("{}{place}", " ".repeat(INDENT))),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scenario_shows_fits_and_is_all_there() {
        let mut library = Library::default();
        let places: Vec<_> = (0..20)
            .map(|number| format!("\"reason:word_{number}\""))
            .collect();
        let text = format!(
            "vendor = \"stripe\"\ntitle = \"x\"\nshows = [{}]",
            places.join(",")
        );
        library.add("many", &text).unwrap();
        let scenario = library.find(VendorKind::Stripe, "many").unwrap();
        let lines = shows(scenario);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH));
        let words: Vec<_> = lines
            .iter()
            .flat_map(|line| line.split_whitespace())
            .collect();
        assert_eq!(words, scenario.shows);
        assert_eq!(as_value(scenario)["shows"][19], "reason:word_19");
    }
}
