//! The environment, as a tree that is laid over the file.
//!
//! `IDV_SERVER__LISTEN` is `server.listen`: two underscores part the names, everything is in upper case. An account
//! name is written with `_` where it has `-`; account names have no `_` of their own, so `IDV_ACCOUNTS__ACME_EU__…`
//! can only be `[accounts.acme-eu]`. The parts of a list are numbered from 0: `…__WEBHOOK_SECRETS__0`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::Problem;
use super::tree::{Node, Origin, Value};

const PREFIX: &str = "IDV_";
const SEPARATOR: &str = "__";

/// Reads the variables that are configuration: those that begin with `IDV_` and have a `__` in them.
pub(crate) fn read(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Node, Vec<Problem>> {
    // In order of names, so that the outcome does not depend on how the environment was filled.
    let variables: BTreeMap<String, OsString> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX) && name.contains(SEPARATOR))
        .collect();
    let mut root = Node::empty_table(Origin::Environment(format!("{PREFIX}…")));
    let mut problems = Vec::new();
    for (name, value) in variables {
        match value.into_string() {
            Ok(text) => {
                if !insert(&mut root, &path_of(&name), &name, text) {
                    problems.push(problem(
                        &name,
                        "is a value and a table at the same time",
                        "unset one of the variables that begin with this name",
                    ));
                }
            }
            Err(_) => problems.push(problem(
                &name,
                "is not UTF-8 text",
                "set it again as plain text",
            )),
        }
    }
    if problems.is_empty() {
        Ok(root)
    } else {
        Err(problems)
    }
}

fn problem(variable: &str, what: &str, remedy: &str) -> Problem {
    Problem {
        place: Origin::Environment(variable.to_owned()).to_string(),
        key: path_of(variable).join("."),
        what: what.to_owned(),
        remedy: remedy.to_owned(),
    }
}

fn path_of(variable: &str) -> Vec<String> {
    let name = variable.strip_prefix(PREFIX).unwrap_or(variable);
    let mut path: Vec<String> = name.split(SEPARATOR).map(str::to_ascii_lowercase).collect();
    if let [section, account, ..] = path.as_mut_slice()
        && section == "accounts"
    {
        *account = account.replace('_', "-");
    }
    path
}

/// False if a value stands where a table is needed, or the other way round.
fn insert(root: &mut Node, path: &[String], variable: &str, text: String) -> bool {
    let Some((last, tables)) = path.split_last() else {
        return false;
    };
    let origin = Origin::Environment(variable.to_owned());
    let mut node = root;
    for key in tables {
        let Value::Table(entries) = &mut node.value else {
            return false;
        };
        node = entries
            .entry(key.clone())
            .or_insert_with(|| Node::empty_table(origin.clone()));
    }
    let Value::Table(entries) = &mut node.value else {
        return false;
    };
    let value = Value::Untyped(text);
    entries
        .insert(last.clone(), Node { origin, value })
        .is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_pairs(pairs: &[(&str, &str)]) -> Result<Node, Vec<Problem>> {
        read(pairs.iter().map(|(k, v)| (k.into(), v.into())))
    }

    fn at<'a>(node: &'a Node, path: &[&str]) -> &'a Value {
        path.iter().fold(&node.value, |value, key| match value {
            Value::Table(entries) => &entries[*key].value,
            _ => panic!("no table above {key}"),
        })
    }

    #[test]
    fn a_variable_is_a_path_and_an_account_name_may_have_a_dash() {
        let tree = read_pairs(&[
            ("IDV_SERVER__LISTEN", "0.0.0.0:80"),
            ("IDV_ACCOUNTS__ACME_EU__OPTIONS__TOLERANCE_SECS", "00600"),
            ("IDV_CONFIG", "/etc/idv.toml"),
            ("OTHER__THING", "x"),
        ])
        .unwrap();
        assert!(matches!(at(&tree, &["server", "listen"]), Value::Untyped(t) if t == "0.0.0.0:80"));
        let tolerance = at(&tree, &["accounts", "acme-eu", "options", "tolerance_secs"]);
        assert!(matches!(tolerance, Value::Untyped(t) if t == "00600"));
        assert!(matches!(&tree.value, Value::Table(entries) if entries.len() == 2));
    }

    #[test]
    fn a_value_that_is_also_a_table_is_a_problem_that_names_the_variable() {
        let problems = read_pairs(&[("IDV_A__B", "1"), ("IDV_A__B__C", "2")])
            .err()
            .unwrap();
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0]
                .to_string()
                .starts_with("environment IDV_A__B__C: a.b.c is a value and")
        );
    }
}
