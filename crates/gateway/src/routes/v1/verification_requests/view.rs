//! A verification request, as the API shows it.

use idv_core::{
    AccountId, Actor, Attention, Category, DataState, DecisionSource, DocumentKind, Finding,
    OrganizationId, ProviderId, Purpose, ReasonCode, RequestId, RestartContext, RestartTrigger,
    Retryable, ReviewOwner, SessionId, SessionKey, Severity, Status, StatusSummary, Step, StepKind,
    StepRole, StepStatus, Timestamp, UserLink, WaitingOn,
};
use idv_engine::{Environment, RequestView, SessionView};
use serde::Serialize;
use utoipa::ToSchema;

/// A verification request.
///
/// Fields without a value are `null`, lists are never. What is known about the person is not shown here.
#[derive(Serialize, ToSchema)]
#[schema(as = VerificationRequest, examples(json!(super::example::request())))]
pub(crate) struct RequestJson<'a> {
    pub(crate) id: RequestId,
    pub(crate) status: &'a Status,
    pub(crate) status_summary: StatusSummary,
    pub(crate) waiting_on: WaitingOn,
    /// Who decided; null while nobody has.
    #[schema(required)]
    pub(crate) source: Option<&'a DecisionSource>,
    /// Whose review is pending; null if none is.
    #[schema(required)]
    pub(crate) review_owner: Option<&'a ReviewOwner>,
    /// True if nobody asked the vendor: the status rests on webhooks alone.
    pub(crate) unconfirmed: bool,
    /// The application's reference to the person.
    pub(crate) subject: &'a str,
    /// Whether it is about a real person or about test data: an answer of the sandbox never stands for a live one.
    /// Null for a request that was written before this was kept.
    #[schema(required, pattern = "^(live|sandbox)$")]
    pub(crate) environment: Option<&'static str>,
    /// The organization in whose context it was made.
    #[schema(required)]
    pub(crate) organization: Option<&'a OrganizationId>,
    /// Every organization this request has consequences for.
    pub(crate) affected_organizations: &'a [OrganizationId],
    /// Why it was made, in the application's words.
    #[schema(required)]
    pub(crate) reason: Option<&'a str>,
    /// The document the application expects.
    #[schema(required)]
    pub(crate) document_type: Option<&'a DocumentKind>,
    /// The reasons behind the status.
    pub(crate) findings: Vec<FindingJson<'a>>,
    /// The steps of the current session.
    pub(crate) steps: Vec<StepJson<'a>>,
    pub(crate) data_state: &'a DataState,
    /// What an operator should look at.
    pub(crate) attention: &'a [Attention],
    /// The vendor's sessions, oldest first.
    pub(crate) sessions: Vec<SessionJson<'a>>,
    /// When it came to a decision or an end; null while it is open.
    #[schema(required)]
    pub(crate) decided_at: Option<Timestamp>,
    /// What it restarts; null for a first attempt.
    #[schema(required)]
    pub(crate) restart: Option<RestartJson<'a>>,
    /// Who withdrew it; null if nobody did.
    #[schema(required)]
    pub(crate) cancellation: Option<DecisionJson<'a>>,
    /// Who granted the pass in spite of the vendor; null if nobody did.
    #[schema(required)]
    pub(crate) bypass: Option<DecisionJson<'a>>,
    /// When its person was erased. Then `subject` and comments read `[redacted]`; the decision stays.
    #[schema(required)]
    pub(crate) erased_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What a request restarts, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = Restart)]
pub(crate) struct RestartJson<'a> {
    /// The request that ended.
    previous_request: RequestId,
    trigger: &'a RestartTrigger,
    /// The words of whoever restarted it.
    comment: &'a str,
    /// True if the subject had begun and left.
    previous_attempt_was_abandoned: bool,
}

/// What somebody decided, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = Decision)]
pub(crate) struct DecisionJson<'a> {
    actor: ActorJson<'a>,
    /// Their words.
    comment: &'a str,
    at: Timestamp,
}

/// Who gave a command.
#[derive(Serialize, ToSchema)]
#[schema(as = Actor)]
pub(crate) struct ActorJson<'a> {
    /// `system`: the gateway itself; `api_key`: the application; `staff`: a person of its staff.
    #[schema(pattern = "^(system|api_key|staff)$")]
    kind: &'static str,
    /// The name of the API key, or the number of the member of staff; null for the gateway itself.
    #[schema(required)]
    id: Option<&'a str>,
}

/// A reason behind a status.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingJson<'a> {
    pub(crate) code: &'a ReasonCode,
    category: Category,
    /// The step it is about, where the vendor says so.
    #[schema(required)]
    step: Option<&'a StepKind>,
    severity: Severity,
    retryable: Retryable,
    /// Whether the subject may be told. Fraud and screening are for staff only.
    subject_visible: bool,
    /// One English sentence.
    pub(crate) explanation: &'static str,
}

/// One part of a session, such as the document check. Steps inform; they never decide.
#[derive(Serialize, ToSchema)]
#[schema(as = Step)]
pub(crate) struct StepJson<'a> {
    pub(crate) kind: &'a StepKind,
    role: StepRole,
    pub(crate) status: &'a StepStatus,
    /// Who decided, where there is a decision.
    #[schema(required)]
    source: Option<&'a DecisionSource>,
    pub(crate) findings: Vec<FindingJson<'a>>,
}

/// A session at a vendor.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionJson<'a> {
    key: SessionKey,
    account: &'a AccountId,
    provider: &'a ProviderId,
    /// The vendor's id; null while the vendor has not answered.
    #[schema(required)]
    session_id: Option<&'a SessionId>,
    status: &'a Status,
    /// Who decided, where there is a decision.
    #[schema(required)]
    source: Option<&'a DecisionSource>,
    /// True for the one the request follows.
    current: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// How the subject gets to the vendor. Both are secrets of the subject: hand them over and forget them.
#[derive(Serialize, ToSchema)]
#[schema(as = Link, examples(json!(super::example::link())))]
pub(super) struct LinkJson<'a> {
    /// A page of the vendor to send the subject to.
    #[schema(required, format = "uri")]
    hosted_url: Option<&'a str>,
    /// What the vendor's own software on the subject's device wants.
    #[schema(required)]
    sdk_token: Option<&'a str>,
    /// When the two stop working, if the vendor says so.
    #[schema(required)]
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
            environment: view.environment.map(Environment::as_word),
            organization: request.organization.as_ref(),
            affected_organizations: &request.affected_organizations,
            reason: request.reason.as_deref(),
            document_type: request.document_type.as_ref(),
            findings: state.findings.iter().map(FindingJson::of).collect(),
            steps: state.steps.iter().map(StepJson::of).collect(),
            data_state: &state.data_state,
            attention: &state.attention,
            sessions: view.sessions.iter().map(SessionJson::of).collect(),
            decided_at: state.decided_at,
            restart: request.attempt.restart.as_ref().map(RestartJson::of),
            cancellation: request.cancellation.as_ref().map(|c| DecisionJson {
                actor: ActorJson::of(&c.actor),
                comment: c.reason.expose(Purpose::AnswerApplication),
                at: c.at,
            }),
            bypass: request.bypass.as_ref().map(|b| DecisionJson {
                actor: ActorJson::of(&b.actor),
                comment: b.comment.expose(Purpose::AnswerApplication),
                at: b.at,
            }),
            erased_at: view.erased_at,
            created_at: request.created_at,
            updated_at: request.updated_at,
        }
    }
}

impl<'a> RestartJson<'a> {
    fn of(restart: &'a RestartContext) -> Self {
        Self {
            previous_request: restart.previous_request_id,
            trigger: &restart.trigger,
            comment: restart.comment.expose(Purpose::AnswerApplication),
            previous_attempt_was_abandoned: restart.previous_attempt_was_abandoned,
        }
    }
}

impl<'a> ActorJson<'a> {
    pub(in crate::routes::v1) fn of(actor: &'a Actor) -> Self {
        let (kind, id) = match actor {
            Actor::ApiKey(name) => ("api_key", Some(name.as_str())),
            Actor::Staff(id) => ("staff", Some(id.as_str())),
            _ => ("system", None),
        };
        Self { kind, id }
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
