//! Putting stored history into our words again, after the mapping tables have changed.
//!
//! What a vendor said is kept as it was understood when we learned it; a new table rewrites no history by itself. This
//! reads the vendor's bytes that were kept, maps them with the tables of this build, and shows what would change. Only
//! when asked to does it write that down, as observations of its own, beside the old ones. It never makes a pass: where
//! the new words would, it leaves the session alone and says so, for a person to decide.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use idv_core::webhook::VerifiedWebhook;
use idv_core::{
    AccountId, Actor, Mapped, ObservationId, Part, RequestId, SessionKey, Status, json,
};

use crate::account::Account;
use crate::crypt::{KeyRingError, Place};
use crate::error::CommandError;
use crate::fold::{CommandFact, SessionState, fold_session};
use crate::inbox::BODY;
use crate::observe::{StoredPart, raw_place};
use crate::store::{ObservationRow, ObservationSource, PageRequest, SessionRow};
use crate::{Engine, words};

/// How many sessions are read at once.
const PAGE: u32 = 100;
/// The longest story that is mapped again.
const LONGEST_STORY: u32 = 10_000;

/// What mapping the history of an account again comes to.
#[derive(Clone, Debug, Default)]
pub struct Remapped {
    /// Sessions that were looked at.
    pub sessions: u64,
    /// Observations that were mapped again, because older tables had been used.
    pub observations: u64,
    /// Observations whose bytes are gone, because the person was erased.
    pub erased: u64,
    /// Observations whose bytes cannot be read with the tables of this build; they stay as they were.
    pub unreadable: u64,
    /// The sessions whose state changes by it.
    pub changes: Vec<RemapChange>,
}

/// A session whose state changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemapChange {
    /// The request.
    pub request: RequestId,
    /// The session.
    pub session: SessionKey,
    /// The status before and after.
    pub status: (Status, Status),
    /// The reasons before and after, as words.
    pub reasons: (Vec<String>, Vec<String>),
    /// True if it would make a pass: then it was left alone, also when applying.
    pub held_back: bool,
}

impl Engine {
    /// Maps the stored history of an account again. `apply`: write it down; else only say what would change.
    ///
    /// Stopped half-way and run again, it goes on: what is in the newest words already is not mapped again.
    /// `progress` is called after every page of sessions.
    ///
    /// # Errors
    /// [`CommandError::UnknownAccount`], or [`CommandError::Store`]; what was written until then stays.
    pub async fn remap(
        &self,
        account: &AccountId,
        apply: bool,
        mut progress: impl FnMut(&Remapped) + Send,
    ) -> Result<Remapped, CommandError> {
        let account = self
            .inner
            .accounts
            .get(account)
            .ok_or_else(|| CommandError::UnknownAccount(account.clone()))?;
        let mut remapped = Remapped::default();
        let mut after = None;
        loop {
            let page = PageRequest { after, limit: PAGE };
            let reads = self.inner.store.reads();
            let found = reads.sessions_of_account(&account.id, page).await?;
            for session in &found.rows {
                self.remap_session(account, session, apply, &mut remapped)
                    .await?;
            }
            progress(&remapped);
            match found.next {
                Some(next) => after = Some(next),
                None => return Ok(remapped),
            }
        }
    }

    async fn remap_session(
        &self,
        account: &Account,
        session: &SessionRow,
        apply: bool,
        remapped: &mut Remapped,
    ) -> Result<(), CommandError> {
        remapped.sessions = remapped.sessions.saturating_add(1);
        let page = PageRequest {
            after: None,
            limit: LONGEST_STORY,
        };
        let reads = self.inner.store.reads();
        let mut observations = reads.observations_of(session.request, page).await?.rows;
        observations.retain(|observation| observation.session == Some(session.key));
        let mut again = Vec::new();
        for (id, from) in outdated(account, &observations) {
            let Some(row) = observations.iter().find(|row| row.id == id) else {
                continue;
            };
            match self.in_new_words(account, row).await? {
                Words::New(mapped) => {
                    again.push(self.remap_observation(account, row, from, *mapped));
                }
                Words::Erased => remapped.erased = remapped.erased.saturating_add(1),
                Words::Unreadable => remapped.unreadable = remapped.unreadable.saturating_add(1),
            }
        }
        let count = u64::try_from(again.len()).unwrap_or(u64::MAX);
        remapped.observations = remapped.observations.saturating_add(count);
        if again.is_empty() {
            return Ok(());
        }
        let before = fold_session(account.provider.info(), &observations);
        observations.extend(again.iter().cloned());
        let after = fold_session(account.provider.info(), &observations);
        let held_back = after.status == Status::Passed && before.status != Status::Passed;
        if before != after {
            remapped.changes.push(RemapChange {
                request: session.request,
                session: session.key,
                reasons: (reasons(&before), reasons(&after)),
                status: (before.status, after.status),
                held_back,
            });
        }
        if apply && !held_back && !self.append_remapped(account, session.key, &again).await? {
            let change = remapped.changes.last_mut();
            if let Some(change) = change.filter(|change| change.session == session.key) {
                change.held_back = true;
            }
        }
        Ok(())
    }

    /// False if it was held back, because it would make a pass.
    async fn append_remapped(
        &self,
        account: &Account,
        key: SessionKey,
        again: &[ObservationRow],
    ) -> Result<bool, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let before = session.state.status.clone();
        let id = session.request;
        let request = unit.request(id).await?.ok_or(CommandError::NotFound)?;
        for row in again {
            unit.append_observation(row).await?;
        }
        self.refold(unit.as_unit_of_work(), account, &mut session)
            .await?;
        let after = unit.request(id).await?.ok_or(CommandError::NotFound)?;
        let makes_pass =
            |before: &Status, after: &Status| *after == Status::Passed && *before != Status::Passed;
        if makes_pass(&before, &session.state.status)
            || makes_pass(&request.state.status, &after.state.status)
        {
            // Something was learned meanwhile, and only the two together make a pass; or other words have made another
            // session the one that counts. That is for a person too.
            return Ok(false);
        }
        unit.commit().await?;
        Ok(true)
    }

    fn remap_observation(
        &self,
        account: &Account,
        row: &ObservationRow,
        from: u32,
        mapped: Mapped,
    ) -> ObservationRow {
        let what = words::OBSERVATION_REMAPPED;
        let mut again = self.command_observation(row.request, row.session, what, &Actor::System);
        again.source = ObservationSource::Remap;
        again.command = Some(CommandFact::Remapped {
            observation: row.id,
            from,
            to: account.provider.info().mapping_version,
        });
        again.mapped = Some(mapped);
        again
    }

    /// What the bytes behind an observation mean by the tables of this build.
    async fn in_new_words(
        &self,
        account: &Account,
        row: &ObservationRow,
    ) -> Result<Words, CommandError> {
        let request = self.inner.store.reads().request(row.request).await?;
        let subject = match request {
            Some(request) => self.inner.store.reads().subject(request.subject).await?,
            None => None,
        };
        if subject.is_none_or(|subject| subject.erased_at.is_some()) {
            return Ok(Words::Erased);
        }
        let mapped = match row.source {
            ObservationSource::Payload => self.payload_again(account, row).await?,
            _ => self.parts_again(account, row).await?,
        };
        Ok(mapped.map_or(Words::Unreadable, |mapped| Words::New(Box::new(mapped))))
    }

    async fn parts_again(
        &self,
        account: &Account,
        row: &ObservationRow,
    ) -> Result<Option<Mapped>, CommandError> {
        let Some(sealed) = self.inner.store.reads().raw_of(row.id).await? else {
            return Ok(None);
        };
        let keys = &self.inner.keys;
        let plain = keys
            .open_value(self.store(), raw_place(row.id), &sealed)
            .await?;
        let Ok(stored) = json::decode::<Vec<StoredPart>>(&plain) else {
            return Ok(None);
        };
        let mut parts = Vec::with_capacity(stored.len());
        for part in stored {
            let Ok(bytes) = STANDARD.decode(part.body_base64) else {
                return Ok(None);
            };
            parts.push(Part::new(part.part, bytes));
        }
        Ok(account.provider.assemble(&parts).ok())
    }

    async fn payload_again(
        &self,
        account: &Account,
        row: &ObservationRow,
    ) -> Result<Option<Mapped>, CommandError> {
        let Some(id) = row.delivery else {
            return Ok(None);
        };
        let Some(delivery) = self.inner.store.inbox().delivery(id).await? else {
            return Ok(None);
        };
        let place = Place {
            column: BODY,
            row: id.as_uuid(),
        };
        let keys = &self.inner.keys;
        let opened = keys.open_value(self.store(), place, &delivery.body).await;
        let body = match opened {
            Ok(body) => body,
            Err(KeyRingError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(None),
        };
        let webhook = VerifiedWebhook::restored_from_inbox(Bytes::from(body), delivery.receipt);
        let event = account.provider.interpret(&webhook);
        Ok(event.ok().and_then(|event| event.payload))
    }
}

/// What became of the attempt to map an observation again.
enum Words {
    New(Box<Mapped>),
    Erased,
    Unreadable,
}

/// The observations whose newest words come from other tables than those of this build, with the version of those.
fn outdated(account: &Account, observations: &[ObservationRow]) -> BTreeMap<ObservationId, u32> {
    let mut versions: BTreeMap<ObservationId, u32> = observations
        .iter()
        .filter(|row| row.source.is_confirmed() || row.source == ObservationSource::Payload)
        // Ends of our own making have no bytes of a vendor behind them.
        .filter(|row| {
            row.mapped
                .as_ref()
                .is_some_and(|mapped| mapped.error_kind.is_none())
        })
        .filter_map(|row| Some((row.id, row.mapped.as_ref()?.mapping_version)))
        .collect();
    for row in observations {
        if let Some(CommandFact::Remapped {
            observation, to, ..
        }) = &row.command
            && let Some(version) = versions.get_mut(observation)
        {
            *version = (*version).max(*to);
        }
    }
    let now = account.provider.info().mapping_version;
    versions.retain(|_, version| *version != now);
    versions
}

fn reasons(state: &SessionState) -> Vec<String> {
    state
        .findings
        .iter()
        .map(|finding| finding.code.as_word().into_owned())
        .collect()
}
