//! Clauses about the one word that grants something.

use std::collections::BTreeSet;

use idv_core::{IdProvider, Status};
use serde_json::{Value, json};

use super::examination::Exam;
use super::mutation::{bytes, document, with};
use super::subject::ContractSubject;
use super::translate::{is_passed, translate};
use crate::fixture::Fixture;

/// Where a verdict stands, no value but a listed word makes a pass, and each listed word does.
pub async fn only_the_listed_words_pass(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let listed = provider.info().passed_words;
    assert!(!listed.is_empty(), "no word passes: nobody ever could");

    let mut passed_cases = 0;
    for case in exam.fixtures().cases() {
        let verdicts = verdicts(&*provider, case);
        let document = document(&case.bytes);
        for (pointer, is_pass) in &verdicts {
            let word = document.pointer(pointer).and_then(Value::as_str);
            let at = format!("{}: {pointer}", case.name);
            if *is_pass {
                passed_cases += 1;
                assert!(
                    word.is_some_and(|word| listed.contains(&word)),
                    "{at}: passed, and {word:?} is not listed"
                );
            }
            let passes = |value: Value| {
                let changed = with(&document, pointer, value);
                translate(&*provider, case, &bytes(&changed)).is_ok_and(|m| is_passed(&m))
            };
            let others_pass = verdicts.iter().any(|(p, pass)| p != pointer && *pass);
            if others_pass {
                continue;
            }
            if *is_pass {
                for word in listed {
                    assert!(
                        passes(json!(word)),
                        "{at}: {word} is listed and does not pass"
                    );
                }
            }
            for value in near_misses(listed) {
                assert!(
                    !passes(value.clone()),
                    "{at}: {value} passes and is not listed"
                );
            }
        }
    }
    assert!(
        passed_cases > 0,
        "no fixture is passed: the clause proved nothing"
    );
}

/// Whatever the steps say, the verdict stays what it is.
pub async fn steps_do_not_decide(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let fixtures = exam.fixtures();
    let words: BTreeSet<String> = fixtures
        .cases()
        .iter()
        .flat_map(|case| {
            let document = document(&case.bytes);
            let pointers = step_pointers(&*provider, case).into_iter();
            pointers.filter_map(move |pointer| {
                let word = document.pointer(&pointer)?.as_str()?;
                Some(word.to_owned())
            })
        })
        .collect();
    assert!(!words.is_empty(), "no fixture shows a step with an origin");
    for case in fixtures.cases() {
        let before = translate(&*provider, case, &case.bytes).expect("a fixture is readable");
        let document = document(&case.bytes);
        for pointer in step_pointers(&*provider, case) {
            for word in &words {
                let changed = bytes(&with(&document, &pointer, json!(word)));
                let after = translate(&*provider, case, &changed);
                assert_eq!(
                    after.map(|mapped| mapped.status),
                    Ok(before.status.clone()),
                    "{}: {word} at {pointer} changed the verdict",
                    case.name
                );
            }
        }
    }
}

/// Where the statuses of a case come from, and whether each is a pass.
fn verdicts(provider: &dyn IdProvider, case: &Fixture) -> Vec<(String, bool)> {
    let mapped = translate(provider, case, &case.bytes).expect("a fixture is readable");
    std::iter::once(&mapped)
        .chain(&mapped.items)
        .filter_map(|one| {
            let is_pass = one.status == Some(Status::Passed);
            let origin = one.origins.get("/status");
            assert!(
                origin.is_some() || !is_pass,
                "{}: a pass that does not say where it came from",
                case.name
            );
            let pointer = origin?.pointer.clone().into_owned();
            Some((pointer, is_pass))
        })
        .collect()
}

fn step_pointers(provider: &dyn IdProvider, case: &Fixture) -> Vec<String> {
    let mapped = translate(provider, case, &case.bytes).expect("a fixture is readable");
    mapped
        .origins
        .iter()
        .filter(|(place, _)| place.starts_with("/steps/") && place.ends_with("/status"))
        .map(|(_, origin)| origin.pointer.clone().into_owned())
        .collect()
}

/// Values that look like a listed word, and words that other vendors pass with.
fn near_misses(listed: &[&str]) -> Vec<Value> {
    let mut words: BTreeSet<String> = [
        "",
        "passed",
        "pass",
        "approved",
        "verified",
        "success",
        "succeeded",
        "clear",
        "complete",
        "completed",
        "accepted",
        "ok",
        "valid",
        "true",
        "yes",
        "1",
        "done",
        "active",
        "null",
    ]
    .map(str::to_owned)
    .into();
    for word in listed {
        words.extend([
            word.to_uppercase(),
            format!("{word} "),
            format!(" {word}"),
            format!("{word}\n"),
            format!("{word}\0"),
            format!("un{word}"),
            format!("{word}_with_concerns"),
            format!("unknown:{word}"),
            word.chars().skip(1).collect(),
        ]);
    }
    let mut values: Vec<Value> = words
        .into_iter()
        .filter(|word| !listed.contains(&word.as_str()))
        .map(Value::from)
        .collect();
    values.extend([json!(null), json!(true), json!(1)]);
    for word in listed {
        values.extend([
            json!([word]),
            json!({ "value": word }),
            json!({ *word: true }),
        ]);
    }
    values
}
