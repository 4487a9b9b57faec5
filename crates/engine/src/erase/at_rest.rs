//! Erasing who was not heard of for a long time, by the rules of the application.

use std::collections::HashSet;

use idv_core::Actor;

use crate::Engine;
use crate::error::CommandError;
use crate::store::SubjectId;

impl Engine {
    /// Erases up to so many persons whose requests have all ended and did not change for as long as
    /// [`Policy::erase_after`](crate::Policy::erase_after) says. Returns how many it were; none without such a rule.
    ///
    /// # Errors
    /// [`CommandError`], the first of them. Who cannot be erased keeps nobody else from being erased.
    pub async fn erase_at_rest(&self, limit: u32) -> Result<u64, CommandError> {
        let Some(rest) = self.inner.settings.policy.erase_after else {
            return Ok(0);
        };
        let before = self.now().minus(rest);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut committed = Vec::new();
        let mut failed = None;
        // Who stays would be found again, ahead of everybody else, and so is passed over.
        let mut stays = HashSet::new();
        while committed.len() < most {
            let passed_over = u32::try_from(stays.len()).unwrap_or(u32::MAX);
            let found = self.inner.store.reads();
            let found = found.subjects_at_rest_since(before, limit.saturating_add(passed_over));
            let found = match found.await {
                Ok(found) => found,
                Err(error) => {
                    failed.get_or_insert(error.into());
                    break;
                }
            };
            let left = most.saturating_sub(committed.len());
            let mut new = found.into_iter().filter(|id| !stays.contains(id));
            let new: Vec<_> = new.by_ref().take(left).collect();
            if new.is_empty() {
                break;
            }
            for subject in new {
                match self.erase_if_at_rest(subject, before).await {
                    Ok(Some(done)) => committed.push(done),
                    // It is not decided yet what there is to erase. There is a next time.
                    Ok(None)
                    | Err(CommandError::OpenRequest { .. } | CommandError::BeingStarted { .. }) => {
                        stays.insert(subject);
                    }
                    Err(error) => {
                        tracing::error!(%error, "a person who was not heard of for a long time could not be erased");
                        failed.get_or_insert(error);
                        stays.insert(subject);
                    }
                }
            }
        }
        if !committed.is_empty() {
            self.after_erasing(&committed).await;
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(u64::try_from(committed.len()).unwrap_or(u64::MAX)),
        }
    }

    /// None if somebody has asked for the person, or has erased them, meanwhile.
    async fn erase_if_at_rest(
        &self,
        subject: SubjectId,
        before: idv_core::Timestamp,
    ) -> Result<Option<super::Committed>, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let row = unit.lock_subject_by_id(subject).await?;
        let Some(row) = row.filter(|row| row.erased_at.is_none()) else {
            return Ok(None);
        };
        let requests = unit.requests_of(subject).await?;
        if requests.iter().any(|request| request.updated_at >= before) {
            return Ok(None);
        }
        let done = self
            .erase_locked(unit.as_unit_of_work(), row, &Actor::System)
            .await?;
        unit.commit().await?;
        Ok(Some(done))
    }
}
