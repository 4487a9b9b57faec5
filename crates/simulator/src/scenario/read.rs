//! From the text of a file to scenarios.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Act, Action, Scenario, Step};
use crate::VendorKind;
use crate::chaos::{CallFault, DeliveryFault};

/// How many steps a scenario may have, repetitions written out. An endless one would be a mistake in `times`.
const MAX_STEPS: usize = 1_000;

/// A file that holds no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scenario {name}: {problem}")]
pub struct ScenarioError {
    /// The file's name without its ending.
    pub name: String,
    /// What is wrong, as a sentence.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    vendor: VendorKind,
    title: String,
    #[serde(default)]
    shows: Vec<String>,
    /// One name with its values: the file stands for one scenario for each value, which takes the place of `{name}`.
    #[serde(default)]
    each: Map<String, Value>,
    #[serde(default)]
    steps: Vec<Map<String, Value>>,
}

/// What every step may have, whatever is done.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "do")]
    name: String,
    #[serde(default)]
    after_secs: u64,
    #[serde(default = "once")]
    times: u32,
    webhook: Option<DeliveryFault>,
    answer: Option<CallFault>,
    #[serde(default)]
    steps: Vec<Map<String, Value>>,
}

const fn once() -> u32 {
    1
}

/// Reads a file of this name.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<Scenario>, ScenarioError> {
    let fail = |problem: String| ScenarioError {
        name: name.to_owned(),
        problem,
    };
    let file: File = toml::from_str(text).map_err(|error| fail(at_its_line(text, &error)))?;
    let mut each = file.each.iter();
    let Some((placeholder, values)) = each.next() else {
        return Ok(vec![
            written_out(name.to_owned(), &file, None).map_err(fail)?,
        ]);
    };
    if each.next().is_some() {
        return Err(fail("`each` takes one name with its values".to_owned()));
    }
    let values = values.as_array().filter(|values| !values.is_empty());
    let values = values.ok_or_else(|| fail(format!("each.{placeholder} is no list of words")))?;
    let mut scenarios = Vec::new();
    for value in values {
        let word = value
            .as_str()
            .ok_or_else(|| fail(format!("each.{placeholder}: {value} is no word")))?;
        let name = format!("{name}-{}", word.replace(['_', '.', '/'], "-"));
        let placed = Some((placeholder.as_str(), word));
        scenarios.push(written_out(name, &file, placed).map_err(fail)?);
    }
    Ok(scenarios)
}

/// What is wrong with the text, and in which line if that is known.
fn at_its_line(text: &str, error: &toml::de::Error) -> String {
    let message = error.message();
    let before = error.span().and_then(|span| text.get(..span.start));
    match before.filter(|before| !before.is_empty()) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message.to_owned(),
    }
}

fn written_out(
    name: String,
    file: &File,
    placed: Option<(&str, &str)>,
) -> Result<Scenario, String> {
    let text = |text: &str| match placed {
        Some((placeholder, word)) => text.replace(&format!("{{{placeholder}}}"), word),
        None => text.to_owned(),
    };
    let mut steps = Vec::new();
    for step in &file.steps {
        let mut step = Value::Object(step.clone());
        replace(&mut step, &text);
        write_out(step, &mut steps)?;
    }
    Ok(Scenario {
        name,
        vendor: file.vendor,
        title: text(&file.title),
        shows: file.shows.iter().map(|place| text(place)).collect(),
        steps,
    })
}

fn write_out(step: Value, steps: &mut Vec<Step>) -> Result<(), String> {
    let number = steps.len() + 1;
    let fail = |problem: String| format!("step {number}: {problem}");
    let frame = Frame::deserialize(&step).map_err(|error| fail(error.to_string()))?;
    let Value::Object(mut members) = step else {
        return Err(fail("it is no table".to_owned()));
    };
    for name in ["do", "after_secs", "times", "webhook"] {
        members.remove(name);
    }
    let act = match frame.name.as_str() {
        "repeat" => {
            for round in 0..frame.times {
                for (index, inner) in frame.steps.iter().enumerate() {
                    let from = steps.len();
                    write_out(Value::Object(inner.clone()), steps)?;
                    // The repetition's own delay comes before its first step.
                    if let (0, 0, Some(first)) = (round, index, steps.get_mut(from)) {
                        first.after_secs = first.after_secs.saturating_add(frame.after_secs);
                    }
                }
            }
            return Ok(());
        }
        "resend" if members.is_empty() => Act::Resend,
        "resend" => return Err(fail("resend takes no further member".to_owned())),
        "calls" => {
            members.remove("answer");
            let answer = frame.answer.filter(|_| members.is_empty());
            let answer =
                answer.ok_or_else(|| fail("calls takes `answer`, and `times`".to_owned()))?;
            steps.push(Step {
                after_secs: frame.after_secs,
                act: Act::Calls {
                    answer,
                    times: frame.times,
                },
                webhook: None,
            });
            return Ok(());
        }
        _ => Act::Vendor(Action {
            name: frame.name,
            members,
        }),
    };
    for _ in 0..frame.times {
        if steps.len() >= MAX_STEPS {
            return Err(fail(format!("more than {MAX_STEPS} steps")));
        }
        steps.push(Step {
            after_secs: frame.after_secs,
            act: act.clone(),
            webhook: frame.webhook,
        });
    }
    Ok(())
}

fn replace(value: &mut Value, text: &impl Fn(&str) -> String) {
    match value {
        Value::String(word) => *word = text(word),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, text)),
        Value::Object(members) => {
            let replaced = std::mem::take(members).into_iter();
            *members = replaced
                .map(|(name, mut value)| {
                    replace(&mut value, text);
                    (text(&name), value)
                })
                .collect();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_values_stands_for_a_scenario_of_each() {
        let text = r#"
            vendor = "stripe"
            title = "Refused: {code}"
            shows = ["reason:{code}"]
            each.code = ["document_expired", "selfie_manipulated"]
            [[steps]]
            do = "repeat"
            times = 2
            after_secs = 10
            [[steps.steps]]
            do = "submit"
            [[steps.steps]]
            do = "fail"
            after_secs = 3
            code = "{code}"
            webhook = "twice"
            [[steps]]
            do = "calls"
            times = 3
            answer = { server_error_after = 503 }
            [[steps]]
            do = "resend"
        "#;
        let scenarios = read("fails", text).unwrap();
        let names: Vec<_> = scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(
            names,
            ["fails-document-expired", "fails-selfie-manipulated"]
        );
        let [first, _] = scenarios.as_slice() else {
            panic!("two")
        };
        assert_eq!(first.title, "Refused: document_expired");
        assert_eq!(first.shows, ["reason:document_expired"]);
        let delays: Vec<_> = first.steps.iter().map(|step| step.after_secs).collect();
        assert_eq!(delays, [10, 3, 0, 3, 0, 0]);
        let fail = Action::new("fail").with("code", "document_expired");
        assert_eq!(first.steps[1].act, Act::Vendor(fail));
        assert_eq!(first.steps[1].webhook, Some(DeliveryFault::Twice));
        assert_eq!(
            first.steps[4].act,
            Act::Calls {
                answer: CallFault::ServerErrorAfter(503),
                times: 3
            }
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let problem = |text: &str| read("x", text).unwrap_err().to_string();
        assert!(problem("title = \"x\"").contains("missing field `vendor`"));
        assert!(problem("vendor = \"acme\"\ntitle = \"x\"").contains("unknown variant `acme`"));
        let unknown = problem("vendor = \"plaid\"\ntitle = \"x\"\nnames = 1");
        assert!(
            unknown.contains("line 3: unknown field `names`"),
            "{unknown}"
        );
        let step = |step: &str| {
            problem(&format!(
                "vendor = \"plaid\"\ntitle = \"x\"\n[[steps]]\n{step}"
            ))
        };
        assert!(step("after_secs = 1").contains("step 1: missing field `do`"));
        assert!(step("do = \"calls\"").contains("calls takes `answer`"));
        assert!(step("do = \"x\"\ntimes = 2000").contains("more than 1000 steps"));
        assert!(step("do = \"x\"\nwebhook = \"gone\"").contains("unknown variant `gone`"));
    }
}
