//! The endpoints about files. The vendor answers with the file itself, or sends us to an address that needs no token: such
//! an address is a credential, and gets none of ours.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use idv_core::{BodyStream, Call, Error, Repeat, SessionId, open_handed_out, redirection};

use super::{Answer, Client, Failure, call, path};
use crate::{error, map};

/// An answer that is no file is an error in a few words.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// What asking for a file led to.
pub(crate) enum Opened {
    File(Response<BodyStream>),
    /// The vendor does not have it, by its own word: it was erased, or is not written yet.
    Absent,
}

impl Client {
    /// Reads what an applicant has of one kind of file; `collection`: `documents`, `live_photos` …
    pub(crate) async fn list_files(
        &self,
        collection: &'static str,
        applicant: &str,
    ) -> Result<Answer, Error> {
        let call = call("list_files", Repeat::Safe);
        path(&[applicant], call)?;
        self.get(call, &format!("/{collection}?applicant_id={applicant}"))
            .await
    }

    /// Opens a file of an applicant.
    pub(crate) async fn open_file(&self, collection: &str, id: &str) -> Result<Opened, Error> {
        let call = call("download_file", Repeat::Safe);
        let path = path(&[collection, id, "download"], call)?;
        self.open(call, &path).await
    }

    /// Opens a file that the vendor writes about a run.
    pub(crate) async fn open_written(
        &self,
        run: &SessionId,
        segments: &[&str],
    ) -> Result<Opened, Error> {
        let call = call("download_written_file", Repeat::Safe);
        let path = path(&[&["workflow_runs", run.as_str()], segments].concat(), call)?;
        self.open(call, &path).await
    }

    /// Has the vendor write down the timeline of a run. It may be sent again: each is a file of its own, and the same.
    pub(crate) async fn create_timeline_file(&self, run: &SessionId) -> Result<Answer, Failure> {
        let call = call("create_timeline_file", Repeat::Safe);
        let path = path(&["workflow_runs", run.as_str(), "timeline_file"], call)?;
        self.send(call, Method::POST, &path, None).await
    }

    /// Hands in a file.
    pub(crate) async fn upload(
        &self,
        collection: &'static str,
        content_type: &str,
        form: Bytes,
    ) -> Result<Answer, Error> {
        let call = call("upload_file", Repeat::Never);
        let path = format!("/{collection}");
        let mut request =
            self.request(call, Method::POST, &path, "application/json", Some(form))?;
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            request.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        Ok(self.sent(call, request).await?)
    }

    async fn open(&self, call: Call, path: &str) -> Result<Opened, Error> {
        let request = self.request(call, Method::GET, path, "*/*", None)?;
        let failed = |error| Error::from_transport(map::provider_id(), call.operation, error);
        let answer = self.transport.open(request).await.map_err(failed)?;
        let answer = match redirection(&answer) {
            Some(address) => {
                let transport = &*self.transport;
                open_handed_out(transport, &self.base, &address, call)
                    .await
                    .map_err(failed)?
            }
            None => answer,
        };
        // An accepted wish is no file yet.
        match answer.status() {
            StatusCode::ACCEPTED | StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Ok(Opened::Absent);
            }
            status if status.is_success() => return Ok(Opened::File(answer)),
            _ => {}
        }
        let (head, body) = answer.into_parts();
        let body = body.collect(MAX_ERROR_BYTES).await.unwrap_or_default();
        Err(error::from_answer(
            call.operation,
            head.status,
            &head.headers,
            &body,
        ))
    }
}
