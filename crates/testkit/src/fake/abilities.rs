//! What the fake provider can do with a session under way, in one call each.

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use idv_core::{
    CompleteTask, Error, ErrorKind, EvidenceFile, EvidenceRole, ProviderId, Restore, SessionChange,
    SessionId, Snapshot, Update, Upload, UploadDocuments, json,
};
use serde_json::{Value, json};

use super::FakeProvider;
use super::client::segment;
use super::provider::{ID, given_name};
use super::wire::FileTaken;

#[async_trait]
impl CompleteTask for FakeProvider {
    async fn complete_task(
        &self,
        session: &SessionId,
        task: &str,
        data: &Value,
    ) -> Result<(), Error> {
        let path = format!("{}/tasks/{}", check(session), segment(task));
        self.client.post("complete_task", &path, None, data).await?;
        Ok(())
    }
}

#[async_trait]
impl Restore for FakeProvider {
    async fn restore(&self, session: &SessionId) -> Result<Snapshot, Error> {
        const OPERATION: &str = "restore_check";
        let path = format!("{}/restore", check(session));
        let bytes = self.client.post(OPERATION, &path, None, &json!({})).await?;
        self.snapshot(bytes).map_err(Self::unreadable(OPERATION))
    }
}

#[async_trait]
impl Update for FakeProvider {
    async fn update(&self, session: &SessionId, change: &SessionChange) -> Result<Snapshot, Error> {
        const OPERATION: &str = "update_check";
        let mut body = json!({});
        if let Some(name) = change.person.as_ref().and_then(given_name) {
            body["given_name"] = json!(name);
        }
        if let Some(kinds) = &change.document_kinds {
            body["documents"] = json!(kinds);
        }
        let path = check(session);
        let bytes = self.client.post(OPERATION, &path, None, &body).await?;
        self.snapshot(bytes).map_err(Self::unreadable(OPERATION))
    }
}

#[async_trait]
impl UploadDocuments for FakeProvider {
    async fn upload(&self, session: &SessionId, upload: &Upload) -> Result<EvidenceFile, Error> {
        const OPERATION: &str = "upload_file";
        let shows = match upload.role {
            EvidenceRole::DocumentFront => "front",
            EvidenceRole::DocumentBack => "back",
            EvidenceRole::Selfie => "face",
            _ => {
                let kind = ErrorKind::Unsupported {
                    capability: upload.role.as_word().into_owned(),
                };
                let what = "the fake vendor takes no such file";
                return Err(Error::new(kind, ProviderId::from(ID), OPERATION, what));
            }
        };
        let path = format!("{}/files?shows={shows}", check(session));
        let content: Bytes = upload.content.clone();
        let sent = self
            .client
            .send(OPERATION, Method::POST, &path, None, content);
        let taken: FileTaken = json::decode(&sent.await?).map_err(Self::unreadable(OPERATION))?;
        let mut file = EvidenceFile::new(taken.id, upload.role.clone());
        file.media_type = Some(upload.media_type.clone());
        file.size_bytes = u64::try_from(upload.content.len()).ok();
        Ok(file)
    }
}

fn check(session: &SessionId) -> String {
    format!("/v1/checks/{}", segment(session.as_str()))
}
