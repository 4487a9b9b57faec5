//! The endpoints about files, and about the reports that name them. <https://docs.stripe.com/api/files> and
//! <https://docs.stripe.com/api/file_links>, read 2026-11-20.

use http::Method;
use idv_core::{BodyStream, Error, Repeat, Secret, SessionId, open_handed_out};

use super::{Answer, Client, Failure, Form, REPORTS, call, path};
use crate::map;

const FILES: &str = "/v1/files";
const FILE_LINKS: &str = "/v1/file_links";

impl Client {
    /// Reads a page of the reports of a session, newest first. `after`: the last one of the page before.
    pub(crate) async fn list_reports(
        &self,
        session: &SessionId,
        after: Option<&str>,
    ) -> Result<Answer, Failure> {
        let call = call("list_reports", Repeat::Safe);
        let mut query = Form::default();
        query
            .set("verification_session", session.as_str())
            .set("limit", "100");
        if let Some(after) = after {
            query.set("starting_after", after);
        }
        let path = format!("{REPORTS}?{}", query.encode());
        let request = self.request(Method::GET, call, &path, None);
        self.send(call, request).await
    }

    /// Reads what is known of a file; not its content.
    pub(crate) async fn retrieve_file(&self, id: &str) -> Result<Answer, Failure> {
        let call = call("retrieve_file", Repeat::Safe);
        let path = path(FILES, id, call)?;
        self.get(call, &path, &[]).await
    }

    /// Makes a link to the content of a file. It may be sent again: each link lives for itself, and not for long.
    pub(crate) async fn create_file_link(
        &self,
        file: &str,
        expires_at_unix_secs: i64,
    ) -> Result<Answer, Failure> {
        let call = call("create_file_link", Repeat::Safe);
        let mut form = Form::default();
        form.set("file", file)
            .set("expires_at", &expires_at_unix_secs.to_string());
        let request = self.request(Method::POST, call, FILE_LINKS, Some(form));
        self.send(call, request).await
    }

    /// Opens a link to a file. No key goes along.
    pub(crate) async fn open_link(
        &self,
        link: &Secret,
    ) -> Result<http::Response<BodyStream>, Error> {
        let call = call("download_file", Repeat::Safe);
        open_handed_out(&*self.transport, &self.base, link, call)
            .await
            .map_err(|error| Error::from_transport(map::provider_id(), call.operation, error))
    }
}
