//! Identifiers. Each is a type of its own, so that a session can never be passed where a request is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Pii, Purpose, Timestamp};

/// Text is not an identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {expected}")]
pub struct InvalidId {
    /// What was expected, with its form: `request id (idv_ and 26 letters or digits)`.
    pub expected: &'static str,
}

/// The base-32 alphabet of the TypeID text form (Crockford's, lower case: no i, l, o, u).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 128 bits as 26 letters, most significant first; the first letter holds three bits only.
fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..26)
        .map(|i| {
            let five = (bits >> (125 - 5 * i)) & 31;
            char::from(ALPHABET.get(five as usize).copied().unwrap_or(b'0'))
        })
        .collect()
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 {
        return None;
    }
    let mut bits: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let five = ALPHABET.iter().position(|c| *c == byte)? as u128;
        if i == 0 && five > 7 {
            return None;
        }
        bits = (bits << 5) | five;
    }
    Some(Uuid::from_u128(bits))
}

/// Our own identifiers: a time-ordered UUID (version 7), written with a prefix that names the kind.
macro_rules! own_id {
    ($(#[doc = $doc:literal])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What the text form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new identifier; later ones sort after earlier ones (to the millisecond of `now`).
            #[must_use]
            pub fn new(now: Timestamp) -> Self {
                let secs = u64::try_from(now.as_unix_secs()).unwrap_or(0);
                let nanos = u32::try_from(now.as_unix_micros().rem_euclid(1_000_000) * 1_000).unwrap_or(0);
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, secs, nanos)))
            }

            /// From the UUID a store holds.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for a store.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .and_then(decode)
                    .map(Self)
                    .ok_or(InvalidId { expected: $expected })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        crate::schema::schema!($name, crate::schema::own_id(&[$($doc),*], $prefix));
    };
}

own_id!(
    /// A verification request: our business intent about one subject. `idv_01h…`
    RequestId, "idv_", "request id (idv_ and 26 letters or digits)"
);
own_id!(
    /// One observation: one thing we learned about a session. `obs_01h…`
    ObservationId, "obs_", "observation id (obs_ and 26 letters or digits)"
);
own_id!(
    /// One delivery in the inbox. `inb_01h…`
    DeliveryId, "inb_", "delivery id (inb_ and 26 letters or digits)"
);
own_id!(
    /// Our own row for a vendor session. `ses_01h…`; the vendor's own id is a [`SessionId`].
    SessionKey, "ses_", "session key (ses_ and 26 letters or digits)"
);

own_id!(
    /// One event told to the application. `evt_01h…`
    EventId, "evt_", "event id (evt_ and 26 letters or digits)"
);
own_id!(
    /// One address of the application to which events are sent. `end_01h…`
    EndpointId, "end_", "endpoint id (end_ and 26 letters or digits)"
);
own_id!(
    /// One erasure of a person. `ers_01h…`
    ErasureId, "ers_", "erasure id (ers_ and 26 letters or digits)"
);

/// Identifiers given by others: a non-empty text, kept as it came.
macro_rules! foreign_id {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it came.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$crate::label(&self.0))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        #[cfg(feature = "schema")]
        crate::schema::schema!($name, crate::schema::text(&[$($doc),*]));
    };
}

foreign_id!(
    /// A kind of provider: the short name of its crate, such as the first word on the command line.
    ProviderId
);
foreign_id!(
    /// A configured account: one set of credentials with one provider, such as `acme-eu`.
    AccountId
);
foreign_id!(
    /// The vendor's own id of one session: a workflow run, an identity verification, a verification session.
    SessionId
);
foreign_id!(
    /// An organization a request has consequences for, in the application's own numbering.
    OrganizationId
);

/// The application's own reference to the person: what ties several requests to one subject.
///
/// Applications put e-mail addresses here although they should not, so it is treated as personal data: it
/// prints as `SubjectRef(..)`, is stored encrypted, and is searched by a keyed blind index.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectRef(Pii<String>);

impl SubjectRef {
    /// Wraps the application's reference.
    pub fn new(reference: impl Into<String>) -> Self {
        Self(Pii::new(reference.into()))
    }

    /// The reference itself, for the stated purpose.
    #[must_use]
    pub fn expose(&self, purpose: Purpose) -> &str {
        self.0.expose(purpose)
    }
}

impl fmt::Debug for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectRef(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_that_of_the_typeid_specification() {
        // Vectors of the public TypeID specification, version 0.3: zero, one, ten, thirty-two, the largest.
        for (uuid, text) in [
            (
                "00000000-0000-0000-0000-000000000000",
                "idv_00000000000000000000000000",
            ),
            (
                "00000000-0000-0000-0000-000000000001",
                "idv_00000000000000000000000001",
            ),
            (
                "00000000-0000-0000-0000-00000000000a",
                "idv_0000000000000000000000000a",
            ),
            (
                "00000000-0000-0000-0000-000000000020",
                "idv_00000000000000000000000010",
            ),
            (
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "idv_7zzzzzzzzzzzzzzzzzzzzzzzzz",
            ),
        ] {
            let id = RequestId::from_uuid(uuid.parse().unwrap());
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse::<RequestId>().unwrap(), id);
        }
    }

    #[test]
    fn other_prefixes_lengths_and_letters_are_refused() {
        for text in [
            "",
            "idv_",
            "ses_00000000000000000000000001",
            "idv_0000000000000000000000000",
            "idv_0000000000000000000000000u",
            "idv_80000000000000000000000000",
            "IDV_00000000000000000000000001",
        ] {
            assert!(text.parse::<RequestId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = RequestId::new(Timestamp::from_unix_secs(1_000));
        let late = RequestId::new(Timestamp::from_unix_secs(1_001));
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn a_subject_reference_does_not_print() {
        assert_eq!(
            format!("{:?}", SubjectRef::new("jane@example.org")),
            "SubjectRef(..)"
        );
    }
}
