//! The vendor's JSON, word for word: the members that are read, under the vendor's names.
//!
//! From the vendor's OpenAPI file (onfido/onfido-openapi-spec, 2026-07-24, API v3.6), and from recorded bodies where
//! they differ from it; read 2026-11-20. Nothing here prints: a derived `Debug` of these would show a person.

mod lenient;
mod product;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) use lenient::{Flag, Given, List, Members, Moment, Number, Object, Text};
pub(crate) use product::{DocumentNumber, Group, Leaf, Media, Output, Product, Properties};

/// Which members an object has: enough to say what it is, since the vendor's objects do not name themselves.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Peek<'a> {
    // a webhook
    pub(crate) payload: Given,
    // a workflow run
    pub(crate) workflow_id: Given,
    pub(crate) workflow_version_id: Given,
    // a task of a run
    pub(crate) task_def_id: Given,
    // a classic check
    pub(crate) report_ids: Given,
    pub(crate) applicant_provides_data: Given,
    // a report
    pub(crate) breakdown: Given,
    pub(crate) check_id: Given,
    pub(crate) sub_result: Given,
    pub(crate) uuid: Given,
    pub(crate) result: Given,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    // an error
    pub(crate) error: Given,
    // what is said about several of them
    pub(crate) id: Given,
    pub(crate) status: Given,
    pub(crate) href: Text<'a>,
    // anything else
    pub(crate) token: Given,
    pub(crate) first_name: Given,
    pub(crate) last_name: Given,
    pub(crate) dob: Given,
    pub(crate) country_residence: Given,
    pub(crate) download_href: Given,
    pub(crate) enabled: Flag,
    pub(crate) granted: Flag,
    pub(crate) checksum_sha256: Given,
    pub(crate) attempts_count: Given,
    pub(crate) workflow_timeline_file_id: Given,
    pub(crate) document_classification: Given,
}

/// A page of a list. Workflow runs, tasks and consents come as a bare list; the others under the name of what they
/// are.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Page<'a> {
    #[serde(borrow)]
    pub(crate) applicants: List<&'a RawValue>,
    pub(crate) checks: List<&'a RawValue>,
    pub(crate) reports: List<&'a RawValue>,
    pub(crate) documents: List<&'a RawValue>,
    pub(crate) live_photos: List<&'a RawValue>,
    pub(crate) live_videos: List<&'a RawValue>,
    pub(crate) motion_captures: List<&'a RawValue>,
    pub(crate) id_photos: List<&'a RawValue>,
    pub(crate) signing_documents: List<&'a RawValue>,
    pub(crate) webhooks: List<&'a RawValue>,
    pub(crate) monitors: List<&'a RawValue>,
    pub(crate) matches: List<&'a RawValue>,
}

impl<'a> Page<'a> {
    /// The list that is there, with its name.
    pub(crate) fn into_list(self) -> Option<(&'static str, Vec<&'a RawValue>)> {
        [
            ("applicants", self.applicants),
            ("checks", self.checks),
            ("reports", self.reports),
            ("documents", self.documents),
            ("live_photos", self.live_photos),
            ("live_videos", self.live_videos),
            ("motion_captures", self.motion_captures),
            ("id_photos", self.id_photos),
            ("signing_documents", self.signing_documents),
            ("webhooks", self.webhooks),
            ("monitors", self.monitors),
            ("matches", self.matches),
        ]
        .into_iter()
        .map(|(name, list)| (name, list.0))
        .find(|(_, list)| !list.is_empty())
    }
}

/// A webhook. The specification's list of mandatory members names some that never occur; this is what is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    pub(crate) payload: Object<Payload<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payload<'a> {
    #[serde(borrow)]
    pub(crate) resource_type: Text<'a>,
    pub(crate) action: Text<'a>,
    pub(crate) object: Object<Occurrence<'a>>,
    /// Not there in events about checks and reports.
    pub(crate) resource: Object<Resource<'a>>,
}

/// What happened to what. Its `href` is not read: nothing in a payload is ever followed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Occurrence<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) status: Text<'a>,
    /// In events about tasks; not in the specification.
    pub(crate) workflow_run_id: Text<'a>,
    /// In events about tasks; not in the specification.
    pub(crate) task_def_id: Text<'a>,
    pub(crate) started_at_iso8601: Moment,
    /// The time of the event, also of one that completes nothing.
    pub(crate) completed_at_iso8601: Moment,
}

/// A workflow run, or a task of one: the members of both, since a webhook does not say which it holds until it has
/// been read. Only `id` and `output` are in both; the `output` of a run is whatever its workflow says, and not read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resource<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
    // a run
    pub(crate) applicant_id: Text<'a>,
    pub(crate) workflow_id: Text<'a>,
    /// A number; a text in some clients.
    pub(crate) workflow_version_id: Text<'a>,
    pub(crate) status: Text<'a>,
    /// Texts that the account has chosen for its workflow.
    pub(crate) reasons: List<Text<'a>>,
    pub(crate) error: Object<RunError<'a>>,
    pub(crate) tags: List<Text<'a>>,
    pub(crate) customer_user_id: Text<'a>,
    pub(crate) sdk_token: Text<'a>,
    pub(crate) link: Object<Link<'a>>,
    // a task
    pub(crate) workflow_run_id: Text<'a>,
    pub(crate) task_def_id: Text<'a>,
    pub(crate) input: Object<TaskInput>,
    pub(crate) output: Output<'a>,
}

/// Why a run broke. Its `message` is not read: it is free text.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RunError<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) error_type: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link<'a> {
    #[serde(borrow)]
    pub(crate) url: Text<'a>,
    pub(crate) expires_at: Moment,
}

/// Of what a task works on: whether it is a phone number or an e-mail address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TaskInput {
    pub(crate) email: Given,
    pub(crate) phone_number: Given,
}

/// A classic check. It forms no session.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Check<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) created_at: Moment,
    pub(crate) status: Text<'a>,
    pub(crate) result: Text<'a>,
    pub(crate) sandbox: Flag,
    pub(crate) applicant_id: Text<'a>,
}

/// An applicant, as far as it is needed after it was made.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Applicant<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
}

/// A token for the vendor's SDK.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SdkToken<'a> {
    #[serde(borrow)]
    pub(crate) token: Text<'a>,
}

/// What a token says about itself: the middle part of a JWT.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenClaims {
    /// Seconds since 1970.
    pub(crate) exp: Number,
}

/// Every registration of a webhook.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Webhooks<'a> {
    #[serde(borrow)]
    pub(crate) webhooks: Option<Vec<&'a RawValue>>,
}

/// A registration of a webhook.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Webhook<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) url: Text<'a>,
    pub(crate) enabled: Flag,
    pub(crate) events: List<Text<'a>>,
    /// What its webhooks are signed with.
    pub(crate) token: Text<'a>,
}

/// A file of an applicant: the members of all kinds. Its name is not read: whoever handed it in chose it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct File<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) side: Text<'a>,
    pub(crate) file_type: Text<'a>,
    pub(crate) file_size: Number,
}

/// A timeline that is being written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TimelineFile<'a> {
    #[serde(borrow)]
    pub(crate) workflow_timeline_file_id: Text<'a>,
}

/// The body of an error answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorBody<'a> {
    #[serde(borrow)]
    pub(crate) error: Object<ErrorDetail<'a>>,
}

/// What the vendor says about an error. Its `message` is not read: it quotes ids and inputs.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorDetail<'a> {
    /// In old versions of the API.
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) error_type: Text<'a>,
    /// By the name of the field: a list or an object. A text or nothing where no field is meant.
    pub(crate) fields: Members<'a, Text<'a>>,
}

/// The name of a member or an element as one segment of a JSON pointer (RFC 6901).
pub(crate) fn segment(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}
