//! Values of a JSON object that only few bodies have.

use serde_json::Value;

use super::{FieldErrors, Fields};

impl Fields {
    /// A yes or no.
    pub(in crate::routes) fn boolean(
        &mut self,
        key: &str,
        errors: &mut FieldErrors,
    ) -> Option<bool> {
        let value = self.take(key)?.as_bool();
        if value.is_none() {
            errors.add(self.pointer_to(key), "it is not true or false");
        }
        value
    }

    /// An object whose members are all texts, and are named by the caller. None if it is not there.
    pub(in crate::routes) fn texts_by_name(
        &mut self,
        key: &str,
        most: usize,
        errors: &mut FieldErrors,
    ) -> Option<Vec<(String, String)>> {
        let pointer = self.pointer_to(key);
        let members = match self.take(key)? {
            Value::Object(members) if members.len() <= most => members,
            _ => {
                errors.add(
                    pointer,
                    format!("it is not an object of at most {most} texts"),
                );
                return None;
            }
        };
        let mut texts = Vec::with_capacity(members.len());
        for (name, value) in members {
            match value {
                Value::String(text) => texts.push((name, text)),
                _ => errors.add(&*pointer, "one of its values is not text"),
            }
        }
        Some(texts)
    }

    /// Whether the field is there, and not `null`.
    pub(in crate::routes) fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|value| !value.is_null())
    }

    /// Whether the field is a list without members.
    pub(in crate::routes) fn is_empty_list(&self, key: &str) -> bool {
        let list = self.fields.get(key).and_then(Value::as_array);
        list.is_some_and(Vec::is_empty)
    }
}
