//! Members of an answer that its description does not have. Descriptions allow them, so that vendors can add some; a
//! simulator that has them makes them up.

use serde_json::Value;

use super::description::Description;

/// The pointers of the members that no schema of theirs names. An object of which no member is described at all is
/// free to have any.
pub(super) fn members(description: &Description, schema: &Value, body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(description, &[schema], body, "", &mut found);
    found
}

fn visit(
    description: &Description,
    schemas: &[&Value],
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let mut parts = Vec::new();
    for schema in schemas {
        gather(description, schema, value, &mut parts);
    }
    let all = |keyword: &'static str| parts.iter().filter_map(move |part| part.get(keyword));
    match value {
        Value::Object(members) => {
            let lists: Vec<_> = all("properties").collect();
            let others: Vec<_> = all("additionalProperties")
                .filter(|schema| schema.is_object())
                .collect();
            if lists.is_empty() && others.is_empty() {
                return;
            }
            for (name, member) in members {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                let named: Vec<_> = lists.iter().filter_map(|list| list.get(name)).collect();
                match (&named[..], &others[..]) {
                    ([], []) => found.push(at),
                    ([], others) => visit(description, others, member, &at, found),
                    (named, _) => visit(description, named, member, &at, found),
                }
            }
        }
        Value::Array(items) => {
            let schemas: Vec<_> = all("items").collect();
            for (index, item) in items.iter().enumerate() {
                visit(description, &schemas, item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The schemas without references and combinations that speak about a value.
fn gather<'a>(
    description: &'a Description,
    schema: &'a Value,
    value: &Value,
    parts: &mut Vec<&'a Value>,
) {
    let schema = description.resolved(schema);
    parts.push(schema);
    let list = |keyword: &str| schema[keyword].as_array().into_iter().flatten();
    for part in list("allOf") {
        gather(description, part, value, parts);
    }
    if let Some(reference) = chosen(schema, value) {
        gather(description, description.referred(reference), value, parts);
        return;
    }
    for keyword in ["anyOf", "oneOf"] {
        let fits = |branch: &&Value| description.validator(branch).is_valid(value);
        let any_fits = list(keyword).any(|branch| fits(&branch));
        // Where none fits, that is a violation of its own; a member that none of them has is one more.
        for branch in list(keyword).filter(|branch| !any_fits || fits(branch)) {
            gather(description, branch, value, parts);
        }
    }
}

fn chosen<'a>(schema: &'a Value, value: &Value) -> Option<&'a str> {
    let discriminator = schema.get("discriminator")?;
    let name = value.get(discriminator["propertyName"].as_str()?)?;
    discriminator["mapping"][name.as_str()?].as_str()
}
