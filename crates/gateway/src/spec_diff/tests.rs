use idv_core::spec::{AcceptedDifference, SpecObject, SpecValues, VendorSpec};

use super::*;

const SPEC: &str = r##"{
    "openapi": "3.0.0",
    "info": { "version": "7" },
    "components": { "schemas": {
        "session": { "allOf": [
            { "$ref": "#/components/schemas/base" },
            { "properties": { "status": { "anyOf": [ { "enum": ["open", "done"] }, { "$ref": "#/components/schemas/more" } ] },
                              "events": { "type": "array", "items": { "x-ourValues": ["our.a", "their.b", "our.c"] } } } }
        ] },
        "base": { "properties": { "id": {}, "again": { "$ref": "#/components/schemas/session" } } },
        "more": { "enum": ["lost", null] },
        "loop": { "anyOf": [ { "$ref": "#/components/schemas/loop" } ] }
    } }
}"##;
const STATUS: &str = "/components/schemas/session/properties/status";
const EVENTS: &str = "/components/schemas/session/properties/events";
const SESSION: &str = "/components/schemas/session";

fn description(text: &str) -> Description {
    Description::parse(text.as_bytes(), "a file").unwrap()
}

fn known(statuses: &[&'static str], members: &[&'static str]) -> VendorSpec {
    let mut spec = VendorSpec::default();
    spec.values = vec![SpecValues::new(STATUS, statuses.iter().copied())];
    spec.objects = vec![SpecObject::new(SESSION, members.iter().copied())];
    spec
}

fn lines(spec: &VendorSpec, text: &str) -> Vec<String> {
    let shown = |difference: &Difference| {
        let kind = match difference.kind {
            Kind::New => '+',
            Kind::Gone => '-',
            Kind::NoLongerDiffers => '=',
        };
        let accepted = difference.accepted.map_or("", |_| " accepted");
        format!("{kind} {} {}{accepted}", difference.what, difference.name)
    };
    compare(spec, &description(text))
        .iter()
        .map(shown)
        .collect()
}

const MEMBERS: &[&str] = &["id", "again", "status", "events"];

#[test]
fn what_is_known_word_for_word_does_not_differ() {
    assert_eq!(
        lines(&known(&["open", "done", "lost"], MEMBERS), SPEC),
        [""; 0]
    );
}

#[test]
fn what_has_come_and_what_has_gone_is_named() {
    let spec = known(
        &["open", "done", "paused"],
        &["id", "again", "status", "colour"],
    );
    let mut lines = lines(&spec, SPEC);
    lines.sort();
    assert_eq!(
        lines,
        [
            "+ member events",
            "+ value lost",
            "- member colour",
            "- value paused"
        ]
    );
}

#[test]
fn an_object_that_has_lost_all_its_members_is_told_member_by_member() {
    let emptied =
        r#"{"openapi": "3.0.0", "components": {"schemas": {"session": {"properties": {}}}}}"#;
    let mut spec = VendorSpec::default();
    spec.objects = vec![SpecObject::new(SESSION, ["id", "status"])];
    assert_eq!(lines(&spec, emptied), ["- member id", "- member status"]);
}

#[test]
fn a_file_that_is_too_large_is_refused_whatever_it_says_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("spec.json");
    let large = std::fs::File::create(&file).unwrap();
    large.set_len(64 * 1024 * 1024 + 1).unwrap();
    let error = Description::read(&file).err().unwrap();
    assert!(error.to_string().contains("64 MiB"), "{error}");
}

#[test]
fn of_a_list_about_more_than_this_product_only_its_own_family_counts() {
    let mut spec = VendorSpec::default();
    let mut events = SpecValues::new(EVENTS, ["our.a"]);
    events.family = "our.";
    spec.values = vec![events];
    assert_eq!(lines(&spec, SPEC), ["+ value our.c"]);
}

#[test]
fn a_place_that_is_gone_is_a_difference_that_nobody_can_accept() {
    let mut spec = known(&["open", "done", "lost"], MEMBERS);
    let place = "/components/schemas/session/properties/verdict";
    spec.values.push(SpecValues::new(place, ["yes"]));
    spec.accepted = vec![AcceptedDifference {
        place,
        name: "*",
        reason: "it is not wanted",
    }];
    assert_eq!(lines(&spec, SPEC), ["- place ", "= accepted difference *"]);
}

#[test]
fn a_difference_that_is_meant_has_its_reason_and_one_that_is_over_is_told() {
    let mut spec = known(&["open", "done"], MEMBERS);
    let accepted = |name| AcceptedDifference {
        place: STATUS,
        name,
        reason: "it is not for us",
    };
    spec.accepted = vec![accepted("lost"), accepted("found")];
    assert_eq!(
        lines(&spec, SPEC),
        ["= accepted difference found", "+ value lost accepted"]
    );
}

#[test]
fn a_description_that_refers_to_itself_comes_to_an_end() {
    let description = description(SPEC);
    assert_eq!(description.schemas_at("/components/schemas/loop").len(), 2);
    let deep = format!("{SESSION}{}", "/properties/again".repeat(50));
    assert!(!description.schemas_at(&deep).is_empty());
}

#[test]
fn yaml_says_the_same_as_json() {
    let yaml = "openapi: 3.0.0\ninfo:\n  version: '7'\ncomponents:\n  schemas:\n    session:\n      properties:\n        status:\n          enum:\n            - open\n            - 'on'\n";
    let spec = known(&["open"], &["status"]);
    assert_eq!(lines(&spec, yaml), ["+ value on"]);
    assert_eq!(description(yaml).version(), Some("7"));
}

#[test]
fn what_is_no_description_is_refused_with_a_sentence() {
    for (text, words) in [
        ("{", "neither JSON nor YAML"),
        ("just a line", "neither JSON nor YAML"),
        ("[1, 2]", "neither JSON nor YAML"),
        ("{\"swagger\": \"2.0\"}", "no member \"openapi\""),
        ("\u{0}", "neither JSON nor YAML"),
    ] {
        let error = Description::parse(text.as_bytes(), "spec.json")
            .err()
            .unwrap();
        assert!(error.to_string().contains(words), "{text}: {error}");
        assert!(error.to_string().starts_with("spec.json"));
    }
}
