//! Where webhooks go.

use serde_json::{Map, Value, json};

use super::Signing;

/// How long the old secret signs too after a new one was made, at most, in seconds: 24 hours.
pub(super) const OLD_SECRET_FOR_SECS: i64 = 24 * 3_600;

/// What kind of events an endpoint is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With the object as it was.
    Snapshot,
    /// With the object's id.
    Thin,
}

/// One webhook endpoint.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) created_unix_secs: i64,
    pub(super) url: String,
    pub(super) enabled_events: Vec<String>,
    pub(super) api_version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) is_enabled: bool,
    pub(super) style: Style,
    pub(super) livemode: bool,
    pub(super) secret: String,
    /// The one before, and until when it signs.
    pub(super) old_secret: Option<(String, i64)>,
}

/// Events of sessions, in the vendor's words.
pub(super) const EVENT_TYPES: [&str; 6] = [
    "identity.verification_session.canceled",
    "identity.verification_session.created",
    "identity.verification_session.processing",
    "identity.verification_session.redacted",
    "identity.verification_session.requires_input",
    "identity.verification_session.verified",
];

/// The event that only who lists it is sent: `*` does not stand for it.
const ONLY_BY_NAME: &str = "identity.verification_session.redacted";

impl Endpoint {
    /// An endpoint that wants every event of sessions.
    pub(super) fn new(id: String, url: &str, secret: &str, created_unix_secs: i64) -> Self {
        Self {
            id,
            created_unix_secs,
            url: url.to_owned(),
            enabled_events: EVENT_TYPES.map(str::to_owned).to_vec(),
            api_version: None,
            description: None,
            metadata: Map::new(),
            is_enabled: true,
            style: Style::Snapshot,
            livemode: false,
            secret: secret.to_owned(),
            old_secret: None,
        }
    }

    pub(super) fn wants(&self, event_type: &str) -> bool {
        let is_named =
            |name: &String| name == event_type || (name == "*" && event_type != ONLY_BY_NAME);
        self.is_enabled && self.enabled_events.iter().any(is_named)
    }

    /// Takes a new secret. The old one signs too for a while.
    pub(super) fn roll(&mut self, secret: &str, now_unix_secs: i64) {
        let old = std::mem::replace(&mut self.secret, secret.to_owned());
        self.old_secret = Some((old, now_unix_secs.saturating_add(OLD_SECRET_FOR_SECS)));
    }

    /// The value of `Stripe-Signature`.
    pub(super) fn signature(&self, body: &[u8], now_unix_secs: i64) -> String {
        let mut secrets = vec![self.secret.as_str()];
        if let Some((old, until)) = &self.old_secret
            && now_unix_secs < *until
        {
            secrets.push(old);
        }
        let signing = Signing {
            secrets: &secrets,
            with_v0: !self.livemode,
        };
        signing.header(body, now_unix_secs)
    }

    /// As the API shows it. The secret is shown once, to whoever makes the endpoint.
    pub(super) fn object(&self, with_secret: bool) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": null,
            "created": self.created_unix_secs,
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": self.livemode,
            "metadata": self.metadata,
            "status": if self.is_enabled { "enabled" } else { "disabled" },
            "url": self.url,
        });
        if let (true, Some(members)) = (with_secret, object.as_object_mut()) {
            members.insert("secret".to_owned(), self.secret.as_str().into());
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_everything_but_the_erasure() {
        let mut endpoint = Endpoint::new("we_1".to_owned(), "http://a", "whsec_1", 0);
        assert!(EVENT_TYPES.iter().all(|event| endpoint.wants(event)));
        endpoint.enabled_events = vec!["*".to_owned()];
        let wanted: Vec<_> = EVENT_TYPES
            .iter()
            .filter(|event| endpoint.wants(event))
            .collect();
        assert_eq!(wanted.len(), 5);
        assert!(!endpoint.wants(ONLY_BY_NAME));
        endpoint.is_enabled = false;
        assert!(!endpoint.wants("identity.verification_session.verified"));
    }

    #[test]
    fn both_secrets_sign_for_a_day_after_one_was_rolled() {
        let mut endpoint = Endpoint::new("we_1".to_owned(), "http://a", "whsec_1", 0);
        endpoint.roll("whsec_2", 100);
        let count = |at: i64| endpoint.signature(b"x", at).matches(",v1=").count();
        assert_eq!((count(100), count(100 + OLD_SECRET_FOR_SECS)), (2, 1));
        let only_new = super::super::sign("whsec_2", b"x", 100 + OLD_SECRET_FOR_SECS);
        assert!(
            endpoint
                .signature(b"x", 100 + OLD_SECRET_FOR_SECS)
                .starts_with(&only_new)
        );
        assert!(
            endpoint.object(true)["secret"] == "whsec_2"
                && endpoint.object(false)["secret"].is_null()
        );
    }
}
