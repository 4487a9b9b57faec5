//! A verification request, as the API shows it.

use idv_core::{
    AccountId, Attention, Category, DataState, DecisionSource, DocumentKind, Finding,
    OrganizationId, ProviderId, Purpose, ReasonCode, RequestId, Retryable, ReviewOwner, SessionId,
    SessionKey, Severity, Status, StatusSummary, Step, StepKind, StepRole, StepStatus, Timestamp,
    UserLink, WaitingOn,
};
use idv_engine::{RequestView, SessionView};
use serde::Serialize;

/// A verification request.
///
/// | field | |
/// |---|---|
/// | `id` | `idv_…` |
/// | `status` | one of twelve words, or `unknown:…` for a word of a vendor nobody here knows |
/// | `status_summary` | `created`, `started`, `passed`, `failed` or `cancelled` |
/// | `waiting_on` | `subject`, `client`, `vendor`, `reviewer` or `nobody` |
/// | `source` | who decided, or null |
/// | `review_owner` | whose review is pending, or null |
/// | `unconfirmed` | true if nobody asked the vendor: it rests on webhooks alone |
/// | `subject`, `organization`, `reason`, `document_type` | as the application gave them |
/// | `affected_organizations` | every organization this request has consequences for |
/// | `findings` | the reasons behind the status |
/// | `steps` | the steps of the current session |
/// | `data_state` | whether the person's data are still at the vendor |
/// | `attention` | what an operator should look at |
/// | `sessions` | the vendor's sessions, oldest first |
/// | `created_at`, `updated_at` | RFC 3339, UTC |
///
/// Fields without a value are `null`, lists are never. What is known about the person is not shown here.
#[derive(Serialize)]
pub(crate) struct RequestJson<'a> {
    pub(crate) id: RequestId,
    pub(crate) status: &'a Status,
    pub(crate) status_summary: StatusSummary,
    pub(crate) waiting_on: WaitingOn,
    pub(crate) source: Option<&'a DecisionSource>,
    pub(crate) review_owner: Option<&'a ReviewOwner>,
    pub(crate) unconfirmed: bool,
    pub(crate) subject: &'a str,
    pub(crate) organization: Option<&'a OrganizationId>,
    pub(crate) affected_organizations: &'a [OrganizationId],
    pub(crate) reason: Option<&'a str>,
    pub(crate) document_type: Option<&'a DocumentKind>,
    pub(crate) findings: Vec<FindingJson<'a>>,
    pub(crate) steps: Vec<StepJson<'a>>,
    pub(crate) data_state: &'a DataState,
    pub(crate) attention: &'a [Attention],
    pub(crate) sessions: Vec<SessionJson<'a>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A reason.
#[derive(Serialize)]
pub(crate) struct FindingJson<'a> {
    pub(crate) code: &'a ReasonCode,
    category: Category,
    step: Option<&'a StepKind>,
    severity: Severity,
    /// Whether another try of the subject may help.
    retryable: Retryable,
    /// Whether the subject may be told. Fraud and screening are for staff only.
    subject_visible: bool,
    /// One English sentence.
    pub(crate) explanation: &'static str,
}

/// A step.
#[derive(Serialize)]
pub(crate) struct StepJson<'a> {
    pub(crate) kind: &'a StepKind,
    role: StepRole,
    pub(crate) status: &'a StepStatus,
    source: Option<&'a DecisionSource>,
    pub(crate) findings: Vec<FindingJson<'a>>,
}

/// A session at a vendor.
#[derive(Serialize)]
pub(crate) struct SessionJson<'a> {
    key: SessionKey,
    account: &'a AccountId,
    provider: &'a ProviderId,
    /// The vendor's id; null while the vendor has not answered.
    session_id: Option<&'a SessionId>,
    status: &'a Status,
    source: Option<&'a DecisionSource>,
    /// True for the one the request follows.
    current: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// How the subject gets to the vendor. Both are secrets of the subject: hand them over and forget them.
#[derive(Serialize)]
pub(super) struct LinkJson<'a> {
    hosted_url: Option<&'a str>,
    sdk_token: Option<&'a str>,
    expires_at: Option<Timestamp>,
}

impl<'a> RequestJson<'a> {
    pub(crate) fn of(view: &'a RequestView) -> Self {
        let (request, state) = (&view.request, &view.request.state);
        Self {
            id: request.id,
            status: &state.status,
            status_summary: state.status.summary(state.subject_started),
            waiting_on: state.waiting_on(),
            source: state.source.as_ref(),
            review_owner: state.review_owner.as_ref(),
            unconfirmed: state.unconfirmed,
            subject: request.subject.expose(Purpose::AnswerApplication),
            organization: request.organization.as_ref(),
            affected_organizations: &request.affected_organizations,
            reason: request.reason.as_deref(),
            document_type: request.document_type.as_ref(),
            findings: state.findings.iter().map(FindingJson::of).collect(),
            steps: state.steps.iter().map(StepJson::of).collect(),
            data_state: &state.data_state,
            attention: &state.attention,
            sessions: view.sessions.iter().map(SessionJson::of).collect(),
            created_at: request.created_at,
            updated_at: request.updated_at,
        }
    }
}

impl<'a> FindingJson<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: &finding.code,
            category: finding.code.category(),
            step: finding.step.as_ref(),
            severity: finding.severity,
            retryable: finding.retryable,
            subject_visible: finding.code.is_subject_visible(),
            explanation: finding.code.explanation(),
        }
    }
}

impl<'a> StepJson<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            kind: &step.kind,
            role: step.role,
            status: &step.status,
            source: step.source.as_ref(),
            findings: step.findings.iter().map(FindingJson::of).collect(),
        }
    }
}

impl<'a> SessionJson<'a> {
    fn of(session: &'a SessionView) -> Self {
        Self {
            key: session.key,
            account: &session.account,
            provider: &session.provider,
            session_id: session.session_id.as_ref(),
            status: &session.state.status,
            source: session.state.source.as_ref(),
            current: session.is_current,
            created_at: session.created_at,
            updated_at: session.updated_at,
        }
    }
}

impl<'a> LinkJson<'a> {
    pub(super) fn of(link: &'a UserLink) -> Self {
        Self {
            hosted_url: link.hosted_url.as_ref().map(|url| url.expose().as_str()),
            sdk_token: link.sdk_token.as_ref().map(|token| token.expose().as_str()),
            expires_at: link.expires_at,
        }
    }
}
