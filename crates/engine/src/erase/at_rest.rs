//! Erasing who was not heard of for a long time, by the rules of the application.

use idv_core::Actor;

use crate::Engine;
use crate::error::CommandError;
use crate::store::SubjectId;

impl Engine {
    /// Erases up to so many persons whose requests have all ended and did not change for as long as
    /// [`Policy::erase_after`](crate::Policy::erase_after) says. Returns how many it were; none without such a rule.
    ///
    /// # Errors
    /// [`CommandError::Store`]; who was erased until then stays erased.
    pub async fn erase_at_rest(&self, limit: u32) -> Result<u64, CommandError> {
        let Some(rest) = self.inner.settings.policy.erase_after else {
            return Ok(0);
        };
        let before = self.now().minus(rest);
        let reads = self.inner.store.reads();
        let at_rest = reads.subjects_at_rest_since(before, limit).await?;
        let mut committed = Vec::new();
        let mut failed = None;
        for subject in at_rest {
            match self.erase_if_at_rest(subject, before).await {
                Ok(done) => committed.extend(done),
                // It is not decided yet what there is to erase. There is a next time.
                Err(CommandError::OpenRequest { .. } | CommandError::BeingStarted { .. }) => {}
                Err(error) => {
                    failed = Some(error);
                    break;
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
