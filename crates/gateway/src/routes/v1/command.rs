//! What every command has in common: its key, who gives it, and in which words.

use axum::extract::FromRequest;
use http::Request;
use idv_core::{Actor, Pii};
use idv_engine::IdempotencyKey;

use crate::problem::Problem;
use crate::routes::Api;
use crate::routes::body::{self, FieldErrors, Fields};
use crate::routes::idempotency;

/// The longest comment, in characters.
const MAX_COMMENT_CHARS: usize = 2000;

/// A command while it is read. The fields that cannot be used are collected.
pub(in crate::routes) struct Command {
    headers: http::HeaderMap,
    pub(super) fields: Fields,
    pub(super) errors: FieldErrors,
}

impl FromRequest<Api> for Command {
    type Rejection = Problem;

    async fn from_request(request: Request<axum::body::Body>, api: &Api) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = body::read(api.body_limits, &parts.headers, body).await?;
        let fields = Fields::parse(&parts.headers, &body)?;
        Ok(Self {
            headers: parts.headers,
            fields,
            errors: FieldErrors::default(),
        })
    }
}

impl Command {
    /// The key of the command.
    pub(super) fn key(&self, caller: &Actor) -> Result<Option<IdempotencyKey>, Problem> {
        idempotency::key(&self.headers, caller)
    }

    /// The member of staff who gives it; else the application itself.
    pub(super) fn actor_or(&mut self, caller: Actor) -> Actor {
        self.staff().unwrap_or(caller)
    }

    /// The member of staff who gives it. There must be one.
    pub(super) fn actor(&mut self) -> Option<Actor> {
        let staff = self.staff();
        if staff.is_none() {
            self.fields.missing("actor", &mut self.errors);
        }
        staff
    }

    fn staff(&mut self) -> Option<Actor> {
        let expected =
            "1 to 64 letters, digits or any of _-.:/, such as a number; not a name or an address";
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b);
        self.fields
            .parsed("actor", expected, &mut self.errors, |id| {
                (id.len() <= 64 && id.bytes().all(plain)).then(|| Actor::Staff(id.to_owned()))
            })
    }

    /// The words of whoever gives it. There must be some.
    pub(super) fn comment(&mut self, key: &str) -> Option<Pii<String>> {
        let comment = self.fields.text(key, MAX_COMMENT_CHARS, &mut self.errors);
        if comment.is_none() {
            self.fields.missing(key, &mut self.errors);
        }
        comment.map(Pii::new)
    }

    /// What was read, if every field of it can be used and nothing else was said.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Problem> {
        let Self {
            fields, mut errors, ..
        } = self;
        fields.finish(&mut errors);
        errors.finish(read)
    }
}
