//! What becomes of an applicant who is deleted.
//!
//! What a deletion does to files, runs and tasks is not published. Here the files are gone at once and the runs stay as
//! they are; for a while it can all be taken back. Then everything that was known of the person is erased: runs say what was
//! found, and no longer about whom.

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
        let at_unix_secs = now.as_unix_secs().saturating_add(GRACE_SECS);
        applicant.delete_unix_secs = Some(at_unix_secs);
        let at = Timestamp::from_unix_secs(at_unix_secs);
        self.deletions.add(at, id.to_owned());
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
        self.erase(id);
        Ok(())
    }

    /// It is as late as this now: deletions that nobody has taken back in time are carried out.
    pub(super) fn pass(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        while let Some(id) = self.deletions.take_due(self.now) {
            let applicant = self.applicants.get(&id);
            let at = applicant.and_then(|applicant| applicant.delete_unix_secs);
            if at.is_some_and(|at| at <= self.now.as_unix_secs()) {
                self.erase(&id);
            }
        }
    }

    fn erase(&mut self, id: &str) {
        if let Some(applicant) = self.applicants.get_mut(id) {
            applicant.erase();
        }
        let files = self.media.all_mut();
        for file in files.filter(|file| file.applicant_id == id) {
            file.erase();
        }
        for run in self.runs.all_mut().filter(|run| run.applicant_id() == id) {
            run.erase();
        }
    }
}
