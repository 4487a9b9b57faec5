//! Query parameters. Each may stand once; one that does not exist is refused, since a misspelt filter would list
//! everything.

use std::collections::BTreeMap;

use http::Uri;

use crate::problem::{FieldError, Kind, Problem};

/// The parameters while they are read.
pub(super) struct Query {
    parameters: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        let mut parameters = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        {
            if parameters
                .insert(name.to_string(), value.into_owned())
                .is_some()
            {
                errors.push(FieldError::new(
                    idv_core::label(&name),
                    "it is there more than once",
                ));
            }
        }
        Self { parameters, errors }
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.parameters.remove(name)
    }

    /// A parameter that `read` makes something of. `expected`: what it should be.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = read(&text);
        if value.is_none() {
            self.errors
                .push(FieldError::new(name, format!("it is not {expected}")));
        }
        value
    }

    /// How many rows a page has.
    pub(super) fn limit(&mut self, usual: u32, most: u32) -> u32 {
        let expected = format!("a whole number from 1 to {most}");
        let limit = self.parsed("limit", &expected, |text| {
            text.parse().ok().filter(|limit| (1..=most).contains(limit))
        });
        limit.unwrap_or(usual)
    }

    /// Refuses what cannot be used and what nobody asked for.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let mut errors = self.errors;
        for name in self.parameters.keys() {
            errors.push(FieldError::new(
                idv_core::label(name),
                "there is no such parameter",
            ));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::new(Kind::InvalidParameter).errors(errors))
        }
    }
}
