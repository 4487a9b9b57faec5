//! What becomes of an applicant who is deleted.
//!
//! What a deletion does to files, runs and tasks is not published. Here the files are gone at once and the runs stay as
//! they are; for a while it can all be taken back.

use idv_core::Timestamp;

use super::account::State;
use super::applicant::GRACE_SECS;

impl State {
    /// Schedules the deletion.
    pub(super) fn delete_applicant(
        &mut self,
        id: &str,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let applicant = self.applicants.get_mut(id).ok_or("no such applicant")?;
        if applicant.is_deleted() {
            return Err("the applicant is deleted already");
        }
        applicant.delete_unix_secs = Some(now.as_unix_secs().saturating_add(GRACE_SECS));
        Ok(())
    }

    /// Takes the deletion back, as long as it is only scheduled.
    pub(super) fn restore_applicant(
        &mut self,
        id: &str,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let applicant = self.applicants.get_mut(id).ok_or("no such applicant")?;
        match applicant.delete_unix_secs {
            None => Err("the applicant is not scheduled for deletion"),
            Some(at) if at <= now.as_unix_secs() => Err("the applicant is erased"),
            Some(_) => {
                applicant.delete_unix_secs = None;
                Ok(())
            }
        }
    }

    /// The deletion is carried out now.
    pub(super) fn erase_applicant(&mut self, id: &str, now: Timestamp) -> Result<(), &'static str> {
        let applicant = self.applicants.get_mut(id).ok_or("no such applicant")?;
        applicant.delete_unix_secs = Some(now.as_unix_secs());
        Ok(())
    }
}
