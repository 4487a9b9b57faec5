//! What checks produce: reports, in the layout of a task's output.
//!
//! Everything is clear unless a scenario says otherwise. Groups and lines are those of the vendor's OpenAPI file; the layout, with
//! `uuid` in the place of `id`, is that of the recorded outputs.

mod properties;
mod shape;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ids::Ids;
use super::person::Person;
use shape::Family;

/// What a scenario says about a report.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Findings {
    /// `clear`, `consider` or `unidentified`. None: `consider` if something is flagged or given in the breakdown.
    pub(super) result: Option<String>,
    /// `clear`, `rejected`, `suspected` or `caution`; `none` for a report that has none.
    pub(super) sub_result: Option<String>,
    /// `complete` unless it is given.
    pub(super) status: Option<String>,
    /// Places that are not clear: `group`, `group/line` or `group/line/property`.
    pub(super) flags: Vec<String>,
    /// What is put over the breakdown, member by member.
    pub(super) breakdown: Map<String, Value>,
    /// What is put over the properties, member by member.
    pub(super) properties: Map<String, Value>,
}

/// The output of a task of this definition about this person.
pub(super) fn report(
    definition: &str,
    person: &Person<'_>,
    findings: &Findings,
    ids: &mut Ids,
) -> Value {
    let family = Family::of(definition);
    let mut breakdown = family.clear_breakdown();
    let mut has_findings = !findings.breakdown.is_empty();
    for flag in &findings.flags {
        set_flag(&mut breakdown, flag);
        has_findings = true;
    }
    let given = Value::Object(findings.breakdown.clone());
    put_over(&mut breakdown, &given);
    let mut properties = family.properties(person);
    put_over(&mut properties, &Value::Object(findings.properties.clone()));

    let usual = if has_findings { "consider" } else { "clear" };
    let result = findings.result.as_deref().unwrap_or(usual);
    let sub_result = match findings.sub_result.as_deref() {
        Some("none") => Value::Null,
        Some(given) => Value::from(given),
        None if family.has_sub_result() && result == "clear" => Value::from("clear"),
        None => Value::Null,
    };
    let mut report = json!({
        "status": findings.status.as_deref().unwrap_or("complete"),
        "result": result,
        "sub_result": sub_result,
        "uuid": ids.uuid(),
        "properties": properties,
        "breakdown": breakdown,
    });
    if let (Family::Document, Some(members)) = (family, report.as_object_mut()) {
        // As every report of a sandbox has it.
        let attempts = json!({
            "report_id": "00000000-0000-0000-0000-000000000000",
            "repeat_attempts": [],
            "attempts_count": 1,
            "attempts_clear_rate": 0,
            "unique_mismatches_count": 0,
        });
        members.insert("repeat_attempts".to_owned(), attempts);
    }
    report
}

/// Marks one place and what it belongs to. A place the breakdown does not have is made: the vendor's set is open.
fn set_flag(breakdown: &mut Value, flag: &str) {
    let mut names = flag.split('/');
    let (group, line, property) = (names.next(), names.next(), names.next());
    let Some(group) = group.map(|group| member(breakdown, group)) else {
        return;
    };
    set(group, "result", Value::from("consider"));
    let Some(line) = line.map(|line| member(member(group, "breakdown"), line)) else {
        return;
    };
    set(line, "result", Value::from("consider"));
    let properties = member(line, "properties");
    if let Some(property) = property {
        set(properties, property, Value::from("consider"));
    }
}

/// The member of an object: made if it is not there.
fn member<'a>(object: &'a mut Value, name: &str) -> &'a mut Value {
    if !object.is_object() {
        *object = json!({});
    }
    match object {
        Value::Object(members) => members.entry(name).or_insert_with(|| json!({})),
        other => other,
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    *member(object, name) = value;
}

/// Puts the members of one object over those of another, objects into objects.
fn put_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                put_over(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(definition: &str, findings: &Findings) -> Value {
        let person = Person::default();
        report(definition, &person, findings, &mut Ids::of_seed(1))
    }

    #[test]
    fn a_report_about_nothing_is_clear_all_through() {
        let document = made("document_check", &Findings::default());
        assert_eq!(document["result"], "clear");
        assert_eq!(document["sub_result"], "clear");
        assert!(!document["breakdown"].to_string().contains("consider"));
        let face = made("face_check", &Findings::default());
        assert_eq!(face["sub_result"], Value::Null);
        assert_eq!(face["breakdown"]["face_comparison"]["result"], "clear");
    }

    #[test]
    fn what_is_flagged_is_marked_with_what_it_belongs_to() {
        let findings = Findings {
            flags: vec!["image_integrity/image_quality/blurred_photo".to_owned()],
            sub_result: Some("rejected".to_owned()),
            ..Findings::default()
        };
        let document = made("document_check", &findings);
        assert_eq!(document["result"], "consider");
        assert_eq!(document["sub_result"], "rejected");
        let integrity = &document["breakdown"]["image_integrity"];
        assert_eq!(integrity["result"], "consider");
        let quality = &integrity["breakdown"]["image_quality"];
        assert_eq!(
            *quality,
            json!({ "result": "consider", "properties": { "blurred_photo": "consider" } })
        );
        assert_eq!(integrity["breakdown"]["colour_picture"]["result"], "clear");
    }

    #[test]
    fn what_is_given_is_put_over_the_rest() {
        let given =
            json!({ "data_validation": { "result": "unidentified" }, "police_record": null });
        let findings = Findings {
            breakdown: given.as_object().cloned().unwrap(),
            result: Some("unidentified".to_owned()),
            ..Findings::default()
        };
        let document = made("document_check", &findings);
        let validation = &document["breakdown"]["data_validation"];
        assert_eq!(validation["result"], "unidentified");
        assert_eq!(validation["breakdown"]["mrz"]["result"], "clear");
        assert_eq!(document["breakdown"]["police_record"], Value::Null);
    }
}
