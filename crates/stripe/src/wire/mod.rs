//! The vendor's JSON, word for word: the members that are read, under the vendor's names.
//!
//! From the vendor's OpenAPI file of version 2026-07-29.dahlia, the same in 2026-10-28.endive; read 2026-11-20.
//! Nothing here prints: a derived `Debug` of these would show a person.

mod lenient;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) use lenient::{Expandable, Flag, Integer, Moment, Object, Text, Texts};

/// `object` of a verification session.
pub(crate) const SESSION: &str = "identity.verification_session";
/// `object` of a verification report.
pub(crate) const REPORT: &str = "identity.verification_report";
/// `object` of an event that carries its object as it was.
pub(crate) const SNAPSHOT_EVENT: &str = "event";
/// `object` of an event that only names its object.
pub(crate) const THIN_EVENT: &str = "v2.core.event";
/// `object` of a page of a list.
pub(crate) const LIST: &str = "list";

/// `object` of a webhook endpoint.
pub(crate) const WEBHOOK_ENDPOINT: &str = "webhook_endpoint";
/// `object` of a file.
pub(crate) const FILE: &str = "file";
/// `object` of a link to a file.
pub(crate) const FILE_LINK: &str = "file_link";

/// Where our request id stands in a session's metadata.
pub(crate) const METADATA_REQUEST_ID: &str = "idv_request_id";
/// Where the key of the intent stands in a session's metadata: what tells two sessions of one request apart.
pub(crate) const METADATA_INTENT: &str = "idv_intent";

/// Enough of any object to say what it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Peek<'a> {
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    pub(crate) error: Expandable<'a, IgnoredAny>,
    pub(crate) deleted: Flag,
}

/// A verification session.
/// <https://docs.stripe.com/api/identity/verification_sessions/object>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Session<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) object: Text<'a>,
    pub(crate) client_reference_id: Text<'a>,
    pub(crate) client_secret: Text<'a>,
    pub(crate) created: Moment,
    pub(crate) last_error: Object<Failure<'a>>,
    pub(crate) last_verification_report: Expandable<'a, Report<'a>>,
    pub(crate) livemode: Flag,
    pub(crate) metadata: Object<Metadata<'a>>,
    pub(crate) options: Object<serde_json::Map<String, serde_json::Value>>,
    pub(crate) provided_details: Object<Box<ProvidedDetails<'a>>>,
    pub(crate) redaction: Object<Redaction<'a>>,
    pub(crate) related_customer: Text<'a>,
    pub(crate) related_customer_account: Text<'a>,
    pub(crate) related_person: Object<Box<RelatedPerson<'a>>>,
    pub(crate) status: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) session_type: Text<'a>,
    pub(crate) url: Text<'a>,
    pub(crate) verification_flow: Text<'a>,
    /// Boxed, as the larger and rarer members are: a session is moved about while it is read.
    pub(crate) verified_outputs: Object<Box<VerifiedOutputs<'a>>>,
}

/// Why a session or a check did not succeed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Failure<'a> {
    #[serde(borrow)]
    pub(crate) code: Text<'a>,
    pub(crate) reason: Text<'a>,
}

/// What we write into the metadata ourselves; the rest of it is the account's own affair.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) idv_request_id: Text<'a>,
    pub(crate) idv_intent: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProvidedDetails<'a> {
    #[serde(borrow)]
    pub(crate) email: Text<'a>,
    pub(crate) phone: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Redaction<'a> {
    #[serde(borrow)]
    pub(crate) status: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RelatedPerson<'a> {
    #[serde(borrow)]
    pub(crate) account: Text<'a>,
    pub(crate) person: Text<'a>,
}

/// What the vendor has verified; only where asked for with `expand`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct VerifiedOutputs<'a> {
    #[serde(borrow)]
    pub(crate) address: Object<Address<'a>>,
    pub(crate) dob: Object<Date>,
    pub(crate) email: Text<'a>,
    pub(crate) first_name: Text<'a>,
    pub(crate) last_name: Text<'a>,
    pub(crate) id_number: Text<'a>,
    pub(crate) id_number_type: Text<'a>,
    pub(crate) phone: Text<'a>,
    pub(crate) sex: Text<'a>,
    pub(crate) unparsed_place_of_birth: Text<'a>,
    pub(crate) unparsed_sex: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Address<'a> {
    #[serde(borrow)]
    pub(crate) line1: Text<'a>,
    pub(crate) line2: Text<'a>,
    pub(crate) city: Text<'a>,
    pub(crate) state: Text<'a>,
    pub(crate) postal_code: Text<'a>,
    /// What the examples of the API reference have in place of `postal_code`.
    pub(crate) zip: Text<'a>,
    pub(crate) country: Text<'a>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Date {
    pub(crate) day: Integer,
    pub(crate) month: Integer,
    pub(crate) year: Integer,
}

/// A verification report: the checks of one submission.
/// <https://docs.stripe.com/api/identity/verification_reports/object>
#[derive(Default)]
pub(crate) struct Report<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) object: Text<'a>,
    pub(crate) client_reference_id: Text<'a>,
    pub(crate) created: Moment,
    pub(crate) livemode: Flag,
    pub(crate) options: Object<serde_json::Map<String, serde_json::Value>>,
    pub(crate) report_type: Text<'a>,
    pub(crate) verification_flow: Text<'a>,
    pub(crate) verification_session: Text<'a>,
    /// Every other member that looks like a check: an object with a status. By name, in the vendor's order.
    pub(crate) checks: Vec<(Cow<'a, str>, Check<'a>)>,
}

/// One check of a report: the members of all five kinds, since no name means two things.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Check<'a> {
    #[serde(borrow)]
    pub(crate) status: Text<'a>,
    pub(crate) error: Object<Failure<'a>>,
    pub(crate) address: Object<Address<'a>>,
    pub(crate) dob: Object<Date>,
    pub(crate) expiration_date: Object<Date>,
    pub(crate) issued_date: Object<Date>,
    pub(crate) files: Texts<'a>,
    pub(crate) first_name: Text<'a>,
    pub(crate) last_name: Text<'a>,
    pub(crate) issuing_country: Text<'a>,
    pub(crate) number: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) document_type: Text<'a>,
    pub(crate) sex: Text<'a>,
    pub(crate) unparsed_place_of_birth: Text<'a>,
    pub(crate) unparsed_sex: Text<'a>,
    pub(crate) email: Text<'a>,
    pub(crate) phone: Text<'a>,
    pub(crate) id_number: Text<'a>,
    pub(crate) id_number_type: Text<'a>,
    /// Of a selfie check: the file with the document.
    pub(crate) document: Text<'a>,
    /// Of a selfie check: the file with the face.
    pub(crate) selfie: Text<'a>,
}

/// The members of a report that are read besides its checks.
pub(crate) const REPORT_MEMBERS: &[&str] = &[
    "id",
    "object",
    "client_reference_id",
    "created",
    "livemode",
    "options",
    "type",
    "verification_flow",
    "verification_session",
];

/// The checks the vendor has published.
pub(crate) const CHECKS: &[&str] = &["document", "selfie", "id_number", "email", "phone"];

impl<'de: 'a, 'a> Deserialize<'de> for Report<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReportReader)
    }
}

struct ReportReader;

impl<'de> Visitor<'de> for ReportReader {
    type Value = Report<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a verification report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Report<'de>, A::Error> {
        let mut report = Report::default();
        while let Some(Name(name)) = map.next_key()? {
            match &*name {
                "id" => report.id = map.next_value()?,
                "object" => report.object = map.next_value()?,
                "client_reference_id" => report.client_reference_id = map.next_value()?,
                "created" => report.created = map.next_value()?,
                "livemode" => report.livemode = map.next_value()?,
                "options" => report.options = map.next_value()?,
                "type" => report.report_type = map.next_value()?,
                "verification_flow" => report.verification_flow = map.next_value()?,
                "verification_session" => report.verification_session = map.next_value()?,
                _ => {
                    let Object::Is(check) = map.next_value::<Object<Check<'de>>>()? else {
                        continue;
                    };
                    if report.checks.iter().any(|(earlier, _)| *earlier == name) {
                        return Err(A::Error::custom("a check is there twice"));
                    }
                    if CHECKS.contains(&&*name) || check.status.is_given() {
                        report.checks.push((name, check));
                    }
                }
            }
        }
        Ok(report)
    }
}

/// The name of a member.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Text::deserialize(deserializer)? {
            Text::Is(name) => Ok(Self(name)),
            _ => Err(D::Error::custom("a name that is no text")),
        }
    }
}

/// An event of either style.
/// <https://docs.stripe.com/api/events/object>, <https://docs.stripe.com/api/v2/core/events/object>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event<'a> {
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) event_type: Text<'a>,
    /// The connected account it happened in, if it is not the endpoint's own.
    pub(crate) account: Text<'a>,
    pub(crate) created: Moment,
    pub(crate) livemode: Flag,
    /// In snapshot events. An object of another product reads as a session without its members.
    pub(crate) data: Object<EventData<'a>>,
    /// In thin events.
    pub(crate) related_object: Object<RelatedObject<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventData<'a> {
    #[serde(borrow)]
    pub(crate) object: Object<Box<Session<'a>>>,
}

/// The object a thin event is about. Its `url` is not read: nothing in a payload is ever followed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RelatedObject<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) object_type: Text<'a>,
}

/// A page of a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct List<'a> {
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    pub(crate) data: Option<Vec<&'a RawValue>>,
    pub(crate) has_more: Flag,
}

/// A webhook endpoint. <https://docs.stripe.com/api/webhook_endpoints/object>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct WebhookEndpoint<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) object: Text<'a>,
    pub(crate) enabled_events: Texts<'a>,
    /// Only in the answer that makes it.
    pub(crate) secret: Text<'a>,
    pub(crate) status: Text<'a>,
    pub(crate) url: Text<'a>,
}

/// What is known of a file. Its name is not read: whoever uploaded it chose it. <https://docs.stripe.com/api/files/object>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct File<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) object: Text<'a>,
    pub(crate) purpose: Text<'a>,
    pub(crate) size: Integer,
    #[serde(rename = "type")]
    pub(crate) file_type: Text<'a>,
}

/// A link to the content of a file. <https://docs.stripe.com/api/file_links/object>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct FileLink<'a> {
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    pub(crate) expired: Flag,
    pub(crate) url: Text<'a>,
}

/// The body of an error answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorBody<'a> {
    /// Of anything but an error.
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    pub(crate) error: Expandable<'a, ErrorDetail<'a>>,
}

/// What the vendor says about an error. <https://docs.stripe.com/api/errors>
///
/// Its `message` is not read: it quotes ids and inputs.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorDetail<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) error_type: Text<'a>,
    pub(crate) code: Text<'a>,
    pub(crate) param: Text<'a>,
}
