//! API keys and what each may do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};

use super::refusal::{Refusal, masked};

/// A part of the API that a restricted key may or may not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    IdentityRead,
    IdentityWrite,
    FilesRead,
    FilesWrite,
    Webhooks,
    Events,
    /// What the vendor's own pages and apps call.
    Pages,
}

impl Area {
    /// The permission as the dashboard calls it.
    pub(super) const fn permission(self) -> &'static str {
        match self {
            Self::IdentityRead => "rak_identity_product_read",
            Self::IdentityWrite | Self::Pages => "rak_identity_product_write",
            Self::FilesRead => "rak_file_read",
            Self::FilesWrite => "rak_file_write",
            Self::Webhooks => "rak_webhook_write",
            Self::Events => "rak_event_read",
        }
    }
}

/// What kind of key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum KeyKind {
    /// Everything but what is sensitive.
    Secret,
    /// With these permissions.
    Restricted {
        areas: &'static [Area],
        /// "Access recent sensitive verification results".
        sensitive: bool,
    },
    /// Of one session, for the app of its subject.
    Ephemeral {
        session: String,
        until_unix_secs: i64,
    },
    Expired,
}

/// How long after its submission something sensitive can be read, in seconds: 48 hours. (A key that is bound to
/// addresses of the network may read it for ever; there is none here.)
pub(super) const SENSITIVE_FOR_SECS: i64 = 48 * 3_600;

/// One key.
#[derive(Clone)]
pub(super) struct Key {
    text: String,
    kind: KeyKind,
}

const EVERYTHING: &[Area] = &[
    Area::IdentityRead,
    Area::IdentityWrite,
    Area::FilesRead,
    Area::FilesWrite,
    Area::Webhooks,
    Area::Events,
    Area::Pages,
];

impl Key {
    /// A secret key, or a restricted one that may do everything, by how it begins.
    pub(super) fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        let kind = if text.starts_with("rk_") {
            KeyKind::Restricted {
                areas: EVERYTHING,
                sensitive: true,
            }
        } else {
            KeyKind::Secret
        };
        Self { text, kind }
    }

    /// A restricted key that may read sessions and reports, and nothing else.
    pub(super) fn reading(text: impl Into<String>) -> Self {
        let kind = KeyKind::Restricted {
            areas: &[Area::IdentityRead],
            sensitive: false,
        };
        let text = text.into();
        Self { text, kind }
    }

    /// A key that has been taken back.
    pub(super) fn expired(text: impl Into<String>) -> Self {
        let (text, kind) = (text.into(), KeyKind::Expired);
        Self { text, kind }
    }

    /// A key for the app of one session's subject.
    pub(super) fn ephemeral(text: impl Into<String>, session: &str, until_unix_secs: i64) -> Self {
        let session = session.to_owned();
        let kind = KeyKind::Ephemeral {
            session,
            until_unix_secs,
        };
        let text = text.into();
        Self { text, kind }
    }

    /// Whether it is of the live mode.
    pub(super) fn is_live(&self) -> bool {
        self.text.contains("_live_")
    }

    /// Up to which age of a submission it may read what is sensitive; none if not at all.
    pub(super) fn sees_until_age_secs(&self) -> Option<i64> {
        let sees = matches!(self.kind, KeyKind::Restricted { sensitive, .. } if sensitive);
        sees.then_some(SENSITIVE_FOR_SECS)
    }

    /// Whether it may do this to the object of this id.
    pub(super) fn check(&self, area: Area, object: &str, account: &str) -> Result<(), Refusal> {
        let may = match &self.kind {
            KeyKind::Secret => true,
            KeyKind::Restricted { areas, .. } => areas.contains(&area),
            KeyKind::Ephemeral { session, .. } => area == Area::Pages && session == object,
            KeyKind::Expired => false,
        };
        if may {
            return Ok(());
        }
        Err(Refusal::not_permitted(
            &self.text,
            account,
            area.permission(),
        ))
    }

    /// The same for what is sensitive in a submission of this age.
    pub(super) fn check_sensitive(&self, age_secs: i64, account: &str) -> Result<(), Refusal> {
        if self
            .sees_until_age_secs()
            .is_some_and(|most| age_secs <= most)
        {
            return Ok(());
        }
        let permission = "Access recent sensitive verification results";
        Err(Refusal::not_permitted(&self.text, account, permission))
    }
}

/// The key of a request: in `Authorization`, as a bearer or as the user of Basic.
pub(super) fn key_of<'a>(
    request: &Request<Bytes>,
    keys: &'a [Key],
    now_unix_secs: i64,
) -> Result<&'a Key, Refusal> {
    let unauthorized = |message: String| Refusal::new(StatusCode::UNAUTHORIZED, message);
    let given = request.headers().get(AUTHORIZATION);
    let given = given
        .and_then(|given| given.to_str().ok())
        .and_then(text_of);
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Err(unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth \
             (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or \
             we can help at https://support.stripe.com/."
                .to_owned(),
        ));
    };
    let Some(key) = keys.iter().find(|key| key.text == given) else {
        return Err(unauthorized(format!(
            "Invalid API Key provided: {}",
            masked(&given)
        )));
    };
    let is_expired = match &key.kind {
        KeyKind::Expired => true,
        KeyKind::Ephemeral {
            until_unix_secs, ..
        } => *until_unix_secs <= now_unix_secs,
        _ => false,
    };
    if is_expired {
        let message = format!("Expired API Key provided: {}", masked(&given));
        return Err(Refusal {
            code: Some("api_key_expired"),
            ..unauthorized(message)
        });
    }
    Ok(key)
}

fn text_of(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        let (user, _) = decoded.split_once(':')?;
        return Some(user.to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_as_a_bearer_or_as_the_user_of_basic() {
        let keys = [
            Key::of("sk_test_1"),
            Key::expired("sk_test_old"),
            Key::ephemeral("ek_test_1", "vs_1", 50),
        ];
        let given = |header: &str| {
            let request = Request::get("/").header("authorization", header);
            let request = request.body(Bytes::new()).unwrap();
            key_of(&request, &keys, 49)
                .map(|key| key.text.clone())
                .map_err(|r| (r.status.as_u16(), r.code))
        };
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(given("Bearer sk_test_1").as_deref(), Ok("sk_test_1"));
        assert_eq!(given(&basic("sk_test_1:")).as_deref(), Ok("sk_test_1"));
        assert_eq!(given("Bearer ek_test_1").as_deref(), Ok("ek_test_1"));
        assert_eq!(
            given("Bearer sk_test_old"),
            Err((401, Some("api_key_expired")))
        );
        for wrong in [
            "Bearer sk_test_2",
            "Bearer ",
            "sk_test_1",
            "Digest x",
            &basic("sk_test_1"),
        ] {
            assert_eq!(given(wrong), Err((401, None)), "{wrong}");
        }
    }

    #[test]
    fn a_key_may_do_what_its_permissions_say() {
        let may = |key: &Key, area: Area| key.check(area, "vs_1", "acct_1").is_ok();
        let (secret, reading) = (Key::of("sk_test_1"), Key::reading("rk_test_1"));
        assert!(may(&secret, Area::Webhooks) && secret.check_sensitive(0, "acct_1").is_err());
        assert!(may(&reading, Area::IdentityRead) && !may(&reading, Area::IdentityWrite));
        let ephemeral = Key::ephemeral("ek_test_1", "vs_1", 50);
        assert!(may(&ephemeral, Area::Pages) && !may(&ephemeral, Area::IdentityRead));
        assert!(ephemeral.check(Area::Pages, "vs_2", "acct_1").is_err());
        let restricted = Key::of("rk_test_2");
        assert!(
            restricted
                .check_sensitive(SENSITIVE_FOR_SECS, "acct_1")
                .is_ok()
        );
        let refusal = restricted
            .check_sensitive(SENSITIVE_FOR_SECS + 1, "acct_1")
            .unwrap_err();
        assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    }
}
