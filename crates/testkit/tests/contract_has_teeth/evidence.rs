//! The files of a provider with a flaw.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use idv_core::{
    Call, DataState, Error, ErrorKind, Evidence, EvidenceContent, EvidenceLink, EvidenceList,
    EvidenceStream, HandedOut, Secret, SessionId,
};

use super::{Flaw, Flawed};

#[async_trait]
impl Evidence for Flawed {
    async fn list_evidence(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        let inner = self.inner.abilities().evidence.unwrap();
        let mut list = self.spoil(inner.list_evidence(session).await)?;
        match self.flaw {
            Flaw::ListsAFileTwice => list.files.push(list.files[0].clone()),
            Flaw::ListsALink => {
                list.files[0].link = Some(EvidenceLink {
                    url: Secret::from("https://fake.invalid/file"),
                    expires_at: None,
                });
            }
            Flaw::PrintsALink => {
                let file = list.files.last_mut().unwrap();
                file.data_state = DataState::Unknown("https://files.invalid/1".to_owned());
            }
            _ => {}
        }
        Ok(list)
    }

    async fn open_evidence(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        let inner = self.inner.abilities().evidence.unwrap();
        let outcome = inner.open_evidence(session, file).await;
        let nothing = || EvidenceStream::of(http::Response::new(Bytes::new().into()));
        match (self.flaw, outcome) {
            (Flaw::OpensNothing, Ok(_)) => Ok(EvidenceContent::Ready(nothing())),
            (Flaw::OpensWhatIsGone, Err(_)) => Ok(EvidenceContent::Ready(nothing())),
            (Flaw::FailsWhileItIsWritten, Ok(EvidenceContent::NotReady { .. })) => {
                let id = self.info.id.clone();
                Err(Error::new(ErrorKind::NotFound, id, "open_file", "not yet"))
            }
            (Flaw::AsksAgainAtOnce, Ok(EvidenceContent::NotReady { .. })) => {
                Ok(EvidenceContent::NotReady {
                    retry_after: Duration::ZERO,
                })
            }
            (_, outcome) => self.spoil(outcome),
        }
    }
}

/// The request as it goes to an address that was handed out, by a provider that is careless with it.
pub(crate) fn strayed(flaw: Flaw, request: &mut Request<Bytes>) {
    if Call::of(request).operation != "open_file" {
        return;
    }
    match flaw {
        Flaw::SendsItsKeyElsewhere => {
            let elsewhere = format!("https://files.elsewhere.example{}", request.uri().path());
            *request.uri_mut() = elsewhere.parse().unwrap();
        }
        Flaw::SendsItsKeyToAHandedOutAddress => {
            request.extensions_mut().insert(HandedOut);
        }
        _ => {}
    }
}
