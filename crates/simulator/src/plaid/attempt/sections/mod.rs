//! What an attempt shows of a step beyond its status.
//!
//! Each thing is kept as the API shows it, but for pictures, which are kept by name: their addresses are made when
//! somebody asks.

mod documents;
mod kyc;
mod risk;
mod selfies;
mod sms;

use serde_json::{Map, Value, json};

use super::{Attempt, Findings, Links};
use crate::plaid::Step;
use crate::plaid::person::Compared;
use crate::plaid::step::StepStatus;

/// A string that stands for null: a scenario file knows no null.
const NULL: &str = "<null>";

/// What the steps have found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    documents: Vec<Value>,
    selfies: Vec<Value>,
    sms: Vec<Value>,
    kyc: Option<Value>,
    risk: Option<Value>,
}

/// Lays one value over another: members one by one, everything else as a whole.
pub(super) fn lay_over(below: &mut Value, over: &Value) {
    match (below, over) {
        (Value::Object(below), Value::Object(over)) => {
            for (name, value) in over {
                lay_over(below.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (below, Value::Object(over)) => {
            *below = Value::Object(Map::new());
            lay_over(below, &Value::Object(over.clone()));
        }
        (below, Value::String(word)) if word == NULL => *below = Value::Null,
        (below, over) => *below = over.clone(),
    }
}

impl Attempt {
    /// Takes down what a step has found. Without findings a failure has the vendor's usual reason.
    pub(super) fn record(
        &mut self,
        step: Step,
        has_passed: bool,
        findings: Option<&Findings>,
        now: i64,
    ) {
        let mut found = match step {
            Step::VerifySms => sms::usual(self, has_passed, now),
            Step::KycCheck => kyc::usual(self, has_passed || findings.is_some()),
            Step::DocumentaryVerification => {
                documents::usual(self, has_passed, has_passed || findings.is_some())
            }
            Step::SelfieCheck => selfies::usual(self, has_passed, has_passed || findings.is_some()),
            Step::RiskCheck => risk::usual(self, has_passed || findings.is_some()),
            Step::AcceptTos | Step::WatchlistScreening => return,
        };
        if let Some(findings) = findings {
            lay_over(&mut found, &Value::Object(findings.clone()));
        }
        if step == Step::DocumentaryVerification {
            documents::complete(&mut found);
        }
        let sections = &mut self.sections;
        match step {
            Step::VerifySms => sections.sms.push(found),
            Step::DocumentaryVerification => sections.documents.push(found),
            Step::SelfieCheck => sections.selfies.push(found),
            Step::KycCheck => sections.kyc = Some(found),
            _ => sections.risk = Some(found),
        }
    }

    /// The section of a step, as the API shows it now.
    pub(super) fn section(&self, step: Step, links: &dyn Links) -> Value {
        let status = self.step(step);
        let Some(has_passed) = status.passed() else {
            return Value::Null;
        };
        let two_words = if has_passed { "success" } else { "failed" };
        let sections = &self.sections;
        let one = |section: &Option<Value>| {
            let mut section = section.clone().unwrap_or(Value::Null);
            if let Some(members) = section.as_object_mut() {
                members.insert("status".to_owned(), status.word().into());
            }
            section
        };
        let all = |things: &[Value]| -> Vec<Value> {
            let place = format!("{}/{}", self.id, step.word());
            let numbered = things.iter().enumerate();
            numbered
                .map(|(index, thing)| linked(thing, &format!("{place}/{}", index + 1), links))
                .collect()
        };
        match step {
            Step::KycCheck => one(&sections.kyc),
            Step::RiskCheck => one(&sections.risk),
            Step::VerifySms => {
                json!({ "status": two_words, "verifications": sections.sms })
            }
            Step::DocumentaryVerification => {
                json!({ "status": status.word(), "documents": all(&sections.documents) })
            }
            Step::SelfieCheck => {
                json!({ "status": two_words, "selfies": all(&sections.selfies) })
            }
            Step::AcceptTos | Step::WatchlistScreening => Value::Null,
        }
    }

    /// Whether there is such a picture: the number of a document or a selfie, from 1, and the file's name.
    pub(in crate::plaid) fn has_picture(&self, step: &str, number: usize, name: &str) -> bool {
        let things = match step {
            "documentary_verification" => &self.sections.documents,
            "selfie_check" => &self.sections.selfies,
            _ => return false,
        };
        let thing = number.checked_sub(1).and_then(|index| things.get(index));
        let pictures = thing.into_iter().flat_map(|thing| {
            let groups = ["images", "capture"];
            groups.into_iter().filter_map(|group| thing.get(group))
        });
        let mut names = pictures
            .filter_map(Value::as_object)
            .flat_map(|group| group.values());
        names.any(|value| value.as_str() == Some(name))
    }
}

/// The thing with addresses in the place of its pictures' names.
fn linked(thing: &Value, place: &str, links: &dyn Links) -> Value {
    let mut thing = thing.clone();
    for group in ["images", "capture"] {
        let pictures = thing.get_mut(group).and_then(Value::as_object_mut);
        for (_, value) in pictures.into_iter().flatten() {
            let link = value.as_str().map(|name| format!("{place}/{name}"));
            *value = link.and_then(|path| links.picture(&path)).into();
        }
    }
    thing
}

impl Sections {
    /// Somebody has overruled a step: of its documents, the last one is accepted with it.
    pub(super) fn overruled(&mut self, step: Step, status: StepStatus) {
        let is_approved = status == StepStatus::ManuallyApproved;
        let last = self.documents.last_mut().and_then(Value::as_object_mut);
        let is_theirs = step == Step::DocumentaryVerification && is_approved;
        if let Some(document) = last.filter(|_| is_theirs) {
            document.insert("status".to_owned(), status.word().into());
        }
    }

    /// Takes the person out of the documents and the selfies.
    pub(super) fn redact_pictures(&mut self, at: &str) {
        self.documents.iter_mut().for_each(|document| {
            documents::redact(document, at);
        });
        self.selfies.iter_mut().for_each(selfies::redact);
    }

    /// Takes the phone numbers out.
    pub(super) fn redact_sms(&mut self, at: &str) {
        self.sms.iter_mut().for_each(|tried| {
            sms::redact(tried, at);
        });
    }

    pub(super) fn compared(&self, compared: Compared) -> Findings {
        kyc::findings(compared)
    }

    pub(super) fn read_as_hers(&self, name: &'static str, date_of_birth: &'static str) -> Findings {
        documents::read_as_hers(name, date_of_birth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_over_something_changes_no_more_than_it_names() {
        let mut value = json!({ "a": { "b": 1, "c": [1, 2] }, "d": null });
        lay_over(
            &mut value,
            &json!({ "a": { "c": [3] }, "d": { "e": "<null>" }, "f": "x" }),
        );
        let expected = json!({ "a": { "b": 1, "c": [3] }, "d": { "e": null }, "f": "x" });
        assert_eq!(value, expected);
    }
}
