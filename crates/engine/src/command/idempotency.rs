//! A command that is given again with the same key is not carried out again.
//!
//! The key is claimed in the transaction that carries the command out. So what failed may be tried again with the same
//! key, what succeeded never happens twice, and of two at the same time one waits for the other. What is remembered is
//! what came of it, not the bytes of an answer: an answer may hold a link, and links are stored nowhere.

use idv_core::RequestId;
use serde_json::Value;

use crate::Engine;
use crate::error::CommandError;
use crate::store::{CommandKey, CommandKeyRow, UnitOfWork};

/// A caller's key for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose key it is, such as the name of an API key: two callers may use the same.
    pub scope: String,
    /// The key. 1 to 255 characters.
    pub key: String,
}

/// What became of the claim on a command's key.
pub(crate) enum KeyClaim {
    /// The command is to be carried out.
    New(Option<CommandKey>),
    /// It was carried out before; this is what is known of it.
    Before(CommandKeyRow),
}

/// As [`KeyClaim`], for a command about one request.
pub(super) enum Claim {
    /// The command is to be carried out.
    New(Option<CommandKey>),
    /// It was carried out before; this came of it.
    Before(Outcome),
}

/// What came of a command about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) request: RequestId,
    /// True if the command made it.
    pub(super) created: bool,
}

impl From<RequestId> for Outcome {
    /// Of a command about a request that was there.
    fn from(request: RequestId) -> Self {
        Self {
            request,
            created: false,
        }
    }
}

/// What stands before the request in the outcome of a command that made it.
const CREATED: &str = "created ";

impl Engine {
    /// Claims the key of a command. `says`: everything the command says, so that the same key with another command is
    /// seen; it is hashed with a key and kept nowhere.
    pub(super) async fn claim(
        &self,
        unit: &mut dyn UnitOfWork,
        key: Option<&IdempotencyKey>,
        request: Option<RequestId>,
        says: &Value,
    ) -> Result<Claim, CommandError> {
        let before = match self.claim_key(unit, key, request, says).await? {
            KeyClaim::New(key) => return Ok(Claim::New(key)),
            KeyClaim::Before(before) => before,
        };
        let outcome = before.outcome.as_deref().unwrap_or_default();
        let (request, created) = match outcome.strip_prefix(CREATED) {
            Some(request) => (request, true),
            None => (outcome, false),
        };
        match request.parse() {
            Ok(request) => Ok(Claim::Before(Outcome { request, created })),
            Err(_) => Err(crate::observe::corrupt("the outcome of a command is no request").into()),
        }
    }

    /// As [`Engine::claim`], for a command whose outcome is not a request.
    pub(crate) async fn claim_key(
        &self,
        unit: &mut dyn UnitOfWork,
        key: Option<&IdempotencyKey>,
        request: Option<RequestId>,
        says: &Value,
    ) -> Result<KeyClaim, CommandError> {
        let Some(key) = key else {
            return Ok(KeyClaim::New(None));
        };
        if key.key.is_empty() || key.key.chars().count() > 255 {
            return Err(CommandError::InvalidInput {
                field: "Idempotency-Key",
                problem: "it must have 1 to 255 characters",
            });
        }
        let said = serde_json::to_vec(says).unwrap_or_default();
        let row = CommandKeyRow {
            key: CommandKey(self.inner.keys.keyed_hash(&[
                b"command key\0",
                key.scope.as_bytes(),
                b"\0",
                key.key.as_bytes(),
            ])),
            fingerprint: self.inner.keys.keyed_hash(&[b"command\0", &said]),
            request,
            outcome: None,
            created_at: self.now(),
        };
        let Some(before) = unit.claim_command_key(&row).await? else {
            return Ok(KeyClaim::New(Some(row.key)));
        };
        if before.fingerprint != row.fingerprint {
            return Err(CommandError::KeyReused);
        }
        if before.outcome.is_none() {
            // Whoever claimed it in a unit of their own committed without carrying it out.
            return Ok(KeyClaim::New(Some(row.key)));
        }
        Ok(KeyClaim::Before(before))
    }

    /// Writes down for which request the command was carried out.
    pub(super) async fn finish_claim(
        &self,
        unit: &mut dyn UnitOfWork,
        key: Option<CommandKey>,
        outcome: impl Into<Outcome> + Send,
    ) -> Result<(), CommandError> {
        if let Some(key) = key {
            let Outcome { request, created } = outcome.into();
            let created = if created { CREATED } else { "" };
            unit.finish_command(&key, &format!("{created}{request}"))
                .await?;
        }
        Ok(())
    }
}
