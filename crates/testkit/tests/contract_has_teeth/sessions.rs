//! The abilities of a provider with a flaw: sessions that are listed, changed and made again.

use async_trait::async_trait;
use idv_core::{
    Checkpoint, Error, ErrorKind, List, ListQuery, ListScope, Retry, RetryScope, SessionChange,
    SessionId, SessionPage, Snapshot, StartSession, StartedSession, StepKind, Update,
};
use idv_testkit::contract::ContractSubject as _;

use super::fake_subject::Fake;
use super::{Flaw, Flawed};

#[async_trait]
impl List for Flawed {
    fn scope(&self) -> ListScope {
        ListScope::Account
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<SessionPage, Error> {
        let inner = self.inner.abilities().list.unwrap();
        let mut page = match inner.list(query, cursor).await {
            Err(_) if self.flaw == Flaw::TakesAFailureForTheEnd => {
                return Ok(SessionPage::default());
            }
            outcome => self.spoil(outcome)?,
        };
        match self.flaw {
            Flaw::ForgetsACursor => page.next = None,
            Flaw::HidesOneOfTheList => page.unreadable = 0,
            Flaw::FailsForOneOfTheList if page.unreadable > 0 => {
                let id = self.info.id.clone();
                return Err(Error::new(ErrorKind::BadResponse, id, "list", "spoiled"));
            }
            _ => {}
        }
        Ok(page)
    }
}

#[async_trait]
impl Update for Flawed {
    async fn update(&self, session: &SessionId, change: &SessionChange) -> Result<Snapshot, Error> {
        let inner = self.inner.abilities().update.unwrap();
        if self.flaw == Flaw::ChangesNothing {
            return inner.update(session, &SessionChange::default()).await;
        }
        match inner.update(session, change).await {
            Err(_) if self.flaw == Flaw::ChangesWhatIsDecided => Ok(self.withdrawn()),
            outcome => self.spoil(outcome),
        }
    }
}

#[async_trait]
impl Retry for Flawed {
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        let inner = self.inner.abilities().retry.unwrap();
        let mut intent = intent.clone();
        match (self.flaw, &intent.again) {
            (Flaw::RetriesEverything, _) => intent.again = RetryScope::Everything,
            (Flaw::RetriesAnotherStep, RetryScope::Steps(_)) => {
                intent.again = RetryScope::Steps(vec![StepKind::Document]);
            }
            _ => {}
        }
        match inner.retry(&intent, checkpoint).await {
            Err(mut error) if self.flaw == Flaw::RetriesWhatDidNotFail => {
                error.kind = ErrorKind::Unavailable;
                Err(error)
            }
            outcome => self.spoil(outcome),
        }
    }
}

impl Flawed {
    /// A session that was made up.
    pub(crate) fn withdrawn(&self) -> Snapshot {
        let bytes = std::fs::read(Fake.fixtures().join("check_withdrawn.json")).unwrap();
        Snapshot {
            parts: Vec::new(),
            missing: Vec::new(),
            mapped: self.inner.translate(None, &bytes).unwrap(),
        }
    }
}
