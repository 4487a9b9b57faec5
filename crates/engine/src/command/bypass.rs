//! Deciding a request ourselves: a bypass, and the end of a review that is ours to decide.

use idv_core::{Actor, Pii, Purpose, RequestId, ReviewOwner, Status};
use serde_json::json;

use super::idempotency::Claim;
use super::observe::{Given, check_actor, check_comment};
use super::{Commanded, IdempotencyKey};
use crate::error::CommandError;
use crate::fold::CommandFact;
use crate::store::RequestRow;
use crate::{Engine, words};

/// Grants a pass in spite of the vendor, or without it.
#[derive(Clone, Debug)]
pub struct Bypass {
    /// The request.
    pub request: RequestId,
    /// The person who grants it.
    pub actor: Actor,
    /// Why. It may name persons.
    pub comment: Pii<String>,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Decides a review that waits for us.
#[derive(Clone, Debug)]
pub struct ResolveReview {
    /// The request.
    pub request: RequestId,
    /// The person who decides.
    pub actor: Actor,
    /// True for a pass.
    pub passed: bool,
    /// Why. It may name persons.
    pub comment: Pii<String>,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What both have in common.
struct Decision {
    request: RequestId,
    actor: Actor,
    comment: Pii<String>,
    idempotency_key: Option<IdempotencyKey>,
    says: &'static str,
}

impl Engine {
    /// Grants a pass. What the vendor says stays with the session, and goes on being recorded; it moves the request no
    /// more.
    ///
    /// # Errors
    /// [`CommandError::AlreadyPassed`], [`CommandError::AlreadyEnded`] if it was withdrawn,
    /// [`CommandError::PersonRequired`] if no person grants it, [`CommandError::Erased`].
    pub async fn bypass(&self, command: Bypass) -> Result<Commanded, CommandError> {
        let decision = Decision {
            request: command.request,
            actor: command.actor,
            comment: command.comment,
            idempotency_key: command.idempotency_key,
            says: "bypass",
        };
        self.decide(decision, |request| match request.state.status {
            Status::Passed => Err(CommandError::AlreadyPassed),
            Status::Cancelled => Err(CommandError::AlreadyEnded {
                status: Status::Cancelled,
            }),
            _ => Ok((words::REQUEST_BYPASSED, |vendor_said| {
                CommandFact::Bypassed { vendor_said }
            })),
        })
        .await
    }

    /// Decides a review that waits for us, or a request whose status nobody knows.
    ///
    /// # Errors
    /// [`CommandError::NotInReview`]; [`CommandError::ReviewIsTheVendors`] if the vendor's staff decide it;
    /// [`CommandError::PersonRequired`] if no person decides; [`CommandError::Erased`].
    pub async fn resolve_review(&self, command: ResolveReview) -> Result<Commanded, CommandError> {
        let passed = command.passed;
        let decision = Decision {
            request: command.request,
            actor: command.actor,
            comment: command.comment,
            idempotency_key: command.idempotency_key,
            says: if passed {
                "review passed"
            } else {
                "review failed"
            },
        };
        self.decide(decision, |request| match &request.state.status {
            Status::InReview if request.state.review_owner == Some(ReviewOwner::Vendor) => {
                Err(CommandError::ReviewIsTheVendors)
            }
            Status::InReview | Status::Unknown(_) if passed => {
                Ok((words::REVIEW_RESOLVED, |vendor_said| {
                    CommandFact::ReviewResolved {
                        passed: true,
                        vendor_said,
                    }
                }))
            }
            Status::InReview | Status::Unknown(_) => Ok((words::REVIEW_RESOLVED, |vendor_said| {
                CommandFact::ReviewResolved {
                    passed: false,
                    vendor_said,
                }
            })),
            other => Err(CommandError::NotInReview {
                status: other.clone(),
            }),
        })
        .await
    }

    async fn decide(
        &self,
        decision: Decision,
        legal: impl FnOnce(
            &RequestRow,
        ) -> Result<(&'static str, fn(Status) -> CommandFact), CommandError>
        + Send,
    ) -> Result<Commanded, CommandError> {
        check_actor(&decision.actor)?;
        check_comment("comment", &decision.comment)?;
        if !matches!(decision.actor, Actor::Staff(_)) {
            return Err(CommandError::PersonRequired);
        }
        let mut unit = self.inner.store.begin().await?;
        let says = json!({
            decision.says: decision.request,
            "actor": decision.actor,
            "comment": decision.comment.expose(Purpose::Store),
        });
        let key = decision.idempotency_key.as_ref();
        let claim = self
            .claim(unit.as_unit_of_work(), key, Some(decision.request), &says)
            .await?;
        let Claim::New(claimed) = claim else {
            drop(unit);
            return self.commanded_before(decision.request).await;
        };
        let mut request = self
            .locked(unit.as_unit_of_work(), decision.request)
            .await?;
        self.check_not_erased(unit.as_unit_of_work(), &request)
            .await?;
        let (what, fact) = legal(&request)?;
        let mut given = Given::new(what, &decision.actor);
        given.comment = Some(&decision.comment);
        given.fact = Some(fact(
            self.vendor_says(unit.as_unit_of_work(), &request).await?,
        ));
        self.append_command(unit.as_unit_of_work(), &request, given)
            .await?;
        self.refold_request(unit.as_unit_of_work(), &mut request)
            .await?;
        self.finish_claim(unit.as_unit_of_work(), claimed, request.id)
            .await?;
        unit.commit().await?;
        self.commanded(request.id).await
    }
}
