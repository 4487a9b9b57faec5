//! What is mapped here, beside the descriptions the vendors publish of their APIs.

use std::path::{Path, PathBuf};

use idv_testkit::shared_samples;
use serde_json::{Value, json};

use super::program::run;

/// Each provider, its vendor's description beside the repository, a list in it that is mapped, an object that is read, and
/// a member of it that is read from nowhere else.
const VENDORS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "stripe",
        "stripe-identity-openapi.json",
        "/components/schemas/gelato_session_last_error/properties/code",
        "/components/schemas/identity.verification_session",
        "id",
    ),
    (
        "plaid",
        "plaid-idv-openapi.yaml",
        "/components/schemas/IdentityVerificationStepStatus",
        "/components/schemas/IdentityVerification",
        "id",
    ),
    (
        "onfido",
        "onfido-openapi.json",
        "/components/schemas/workflow_run_status",
        "/components/schemas/workflow_run_response",
        "sdk_token",
    ),
];

fn description(provider: &str, file: &str) -> Option<PathBuf> {
    Some(shared_samples(provider, 1)?.join("../..").join(file))
}

/// A description as JSON, whatever it was written in.
fn read(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| serde_saphyr::from_str(&text).unwrap())
}

fn diff(dir: &Path, provider: &str, file: &Path, more: &[&str]) -> super::program::Ended {
    let mut args = vec!["spec", "diff", provider, "--spec", file.to_str().unwrap()];
    args.extend(more);
    run(dir, &args)
}

#[test]
fn no_difference_from_a_vendors_description_is_unexplained() {
    let dir = tempfile::tempdir().unwrap();
    for (provider, file, ..) in VENDORS {
        let Some(file) = description(provider, file) else {
            continue;
        };
        let ended = diff(dir.path(), provider, &file, &["--json", "--all"]);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
        let said = ended.json();
        assert_eq!(said["new"], 0, "{provider}");
        let compared = said["compared"].as_u64().unwrap();
        assert!(compared >= 20, "{provider} compares only {compared} places");
        let accepted = said["differences"].as_array().unwrap();
        assert_eq!(said["accepted"], accepted.len(), "{provider}");
        for one in accepted {
            let reason = one["accepted"].as_str().unwrap();
            assert!(reason.len() > 10, "{one}");
        }
    }
}

#[test]
fn what_a_vendor_adds_or_drops_is_named_and_ends_with_one() {
    let dir = tempfile::tempdir().unwrap();
    for (provider, file, values, object, member) in VENDORS {
        let Some(file) = description(provider, file) else {
            continue;
        };
        let mut changed = read(&file);
        let list = changed.pointer_mut(values).unwrap();
        let list = list["enum"].as_array_mut().unwrap();
        list.push(json!("verified_by_owl"));
        let dropped = list.remove(0);
        let members = changed.pointer_mut(object).unwrap();
        let members = members["properties"].as_object_mut().unwrap();
        members.insert("owl".to_owned(), json!({ "type": "string" }));
        assert!(members.remove(*member).is_some(), "{provider}");
        let copy = dir.path().join(format!("{provider}.json"));
        std::fs::write(&copy, changed.to_string()).unwrap();

        let ended = diff(dir.path(), provider, &copy, &[]);
        assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
        for line in [
            values.to_string(),
            "+ value verified_by_owl".to_owned(),
            format!("- value {}", dropped.as_str().unwrap()),
            "+ member owl".to_owned(),
            format!("- member {member}"),
            "4 new".to_owned(),
        ] {
            assert!(ended.stdout.contains(&line), "{line}: {}", ended.stdout);
        }
    }
}

#[test]
fn what_is_no_description_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notes.txt"), "no description").unwrap();
    for (args, words) in [
        (["stripe", "notes.txt"], "neither JSON nor YAML"),
        (["stripe", "gone.json"], "cannot be read"),
        (["acme", "notes.txt"], "no provider of this name"),
    ] {
        let [provider, file] = args;
        let ended = diff(dir.path(), provider, Path::new(file), &[]);
        assert_eq!(ended.code, 2, "{provider} {file}");
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}
