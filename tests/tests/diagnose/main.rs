//! `idv webhook diagnose` against deliveries that are signed as the vendors sign and then broken, one way at a time: each
//! must be given exactly its cause.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON and time directly, about synthetic people"
)]

mod body;
mod broken;
mod onfido;
mod plaid;
mod samples;
mod stripe;

use std::collections::BTreeSet;

use broken::{Broken, diagnose};

/// Runs every case, and says which were not given their cause.
fn each_is_given_its_cause(cases: &[Broken]) {
    let mut wrong = Vec::new();
    for case in cases {
        let (code, found) = diagnose(case);
        let said = (found["cause"].as_str(), found["certainty"].as_str());
        if code != 1 || said != (Some(case.cause), Some(case.certainty)) {
            wrong.push(format!(
                "{}: {} expected, not {found}",
                case.name, case.cause
            ));
        }
        for part in ["sentence", "remedy"] {
            assert!(
                found[part].as_str().is_some_and(|text| !text.is_empty()),
                "{}",
                case.name
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let kinds: BTreeSet<_> = cases.iter().map(|case| case.cause).collect();
    assert!(kinds.len() >= 12, "twelve kinds at least, not {kinds:?}");
}

#[test]
fn every_broken_delivery_of_a_timestamped_hmac_is_given_its_cause() {
    each_is_given_its_cause(&stripe::broken());
}

#[test]
fn every_broken_delivery_of_an_hmac_is_given_its_cause() {
    each_is_given_its_cause(&onfido::broken());
}

#[test]
fn every_broken_delivery_of_a_signed_token_is_given_its_cause() {
    each_is_given_its_cause(&plaid::broken());
}

#[test]
fn what_is_not_broken_has_no_cause() {
    for whole in [stripe::whole(), onfido::whole(), plaid::whole()] {
        let (code, found) = diagnose(&whole);
        assert_eq!(code, 0, "{}: {found}", whole.name);
        assert_eq!(
            (&found["accepted"], &found["cause"]),
            (&true.into(), &().into())
        );
    }
}

#[test]
fn people_are_told_the_cause_and_the_remedy_and_never_a_secret() {
    let cases = stripe::broken();
    let case = cases.iter().find(|case| case.cause == "other_accounts_key");
    let case = case.expect("there is one");
    let ended = broken::run(case, &[]);
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        text.starts_with("cause: other_accounts_key (proven)\n"),
        "{text}"
    );
    assert!(text.contains("it is that of two"), "{text}");
    assert!(text.contains("\ndo:    "), "{text}");
    assert!(!text.contains("whsec_"), "{text}");
}

#[test]
fn a_wrong_command_is_told_apart_from_a_refused_delivery() {
    let case = stripe::whole();
    for arguments in [
        &["--account", "nobody"][..],
        &["--account", "one", "--secret", "s"],
        &["--provider", "acme", "--secret", "s"],
        &["--provider", "stripe"],
        &[
            "--provider",
            "plaid",
            "--jwk",
            "other.jwk",
            "--old-secret",
            "s",
        ],
        &[],
    ] {
        let ended = broken::run_with(&case, arguments);
        let complaint = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert!(
            !complaint.is_empty() && ended.stdout.is_empty(),
            "{arguments:?}"
        );
    }
}
