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
    path: String,
    /// The API key it came by.
    via: Option<Actor>,
    /// The member of staff it names.
    staff: Option<Actor>,
    pub(super) fields: Fields,
    pub(super) errors: FieldErrors,
}

impl FromRequest<Api> for Command {
    type Rejection = Problem;

    async fn from_request(request: Request<axum::body::Body>, api: &Api) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = body::read(&api.body_limits, &parts.headers, body).await?;
        let fields = Fields::parse(&parts.headers, &body)?;
        Ok(Self {
            headers: parts.headers,
            path: parts.uri.path().to_owned(),
            via: None,
            staff: None,
            fields,
            errors: FieldErrors::default(),
        })
    }
}

impl Command {
    /// The key of the command.
    pub(super) fn key(&mut self, caller: &Actor) -> Result<Option<IdempotencyKey>, Problem> {
        self.via = Some(caller.clone());
        idempotency::key(&self.headers, caller)
    }

    /// The member of staff who gives it; else the application itself.
    pub(super) fn actor_or(&mut self, caller: Actor) -> Actor {
        self.via = Some(caller.clone());
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
        self.staff = self
            .fields
            .parsed("actor", expected, &mut self.errors, |id| {
                (id.len() <= 64 && id.bytes().all(plain)).then(|| Actor::Staff(id.to_owned()))
            });
        self.staff.clone()
    }

    /// The words of whoever gives it. There must be some.
    pub(super) fn comment(&mut self, key: &str) -> Option<Pii<String>> {
        let comment = self.fields.text(key, MAX_COMMENT_CHARS, &mut self.errors);
        if comment.is_none() {
            self.fields.missing(key, &mut self.errors);
        }
        comment.map(Pii::new)
    }

    /// What was read, if every field of it can be used and nothing else was said. Then it is logged by which API key
    /// the command came: where it names a member of staff, the timeline keeps only that.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Problem> {
        let Self {
            fields,
            mut errors,
            path,
            via,
            staff,
            ..
        } = self;
        fields.finish(&mut errors);
        let read = errors.finish(read)?;
        tracing::info!(path, ?via, ?staff, "a command was given");
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_names_the_api_key_behind_a_member_of_staff() {
        let headers = HeaderMap::new();
        let body = Bytes::from_static(br#"{"actor": "staff-7", "comment": "Ada was here"}"#);
        let mut command = Command {
            fields: Fields::parse(&headers, &body).unwrap(),
            headers,
            path: "/v1/verification-requests/1/bypass".to_owned(),
            via: None,
            staff: None,
            errors: FieldErrors::default(),
        };
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let caller = Actor::ApiKey("back-office".to_owned());
            assert!(command.key(&caller).unwrap().is_none());
            let (actor, comment) = (command.actor(), command.comment("comment"));
            command.finish(actor.zip(comment)).unwrap();
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        for named in ["back-office", "staff-7", "/bypass"] {
            assert!(written.contains(named), "{written}");
        }
        assert!(!written.contains("Ada"), "the comment is nobody's to read");
    }
}
