//! Clauses about handing in files.

use std::sync::Arc;

use bytes::Bytes;
use idv_core::{Country, DocumentKind, Error, ErrorKind, EvidenceFile, EvidenceRole, Upload};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use super::{losing_the_answer, the_one_call};
use crate::replay::ReplayTransport;

/// What is handed in: no text, so that whoever takes it for one spoils it.
const PICTURE: &[u8] = b"\xff\xd8\xff\xe0\x00 picture of the contract \xff\xd9";

/// A file is handed in byte for byte, with one call that is never sent again by itself; a lost answer says that it may
/// have worked. What comes back is the file as the vendor has taken it.
pub async fn upload_hands_in_one_file_once(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = upload(&exam, "upload").await else {
        return;
    };
    let file = expect_ok("upload", outcome);
    assert!(!file.vendor_file_id.trim().is_empty(), "a file has an id");
    assert_eq!(file.role, EvidenceRole::DocumentFront);
    assert_eq!(file.link, None, "a link is a secret that nobody asked for");
    let (number, call) = the_one_call("upload", subject, &replay);
    let is_in = |body: &[u8]| body.windows(PICTURE.len()).any(|bytes| bytes == PICTURE);
    assert!(
        is_in(&call.body),
        "the bytes are not in the request as they are"
    );

    let replay = losing_the_answer(&exam, "upload", number);
    let provider = exam.provider(replay.clone());
    let ability = provider
        .abilities()
        .upload_documents
        .expect("declared above");
    let outcome = ability.upload(&exam.session(), &passport()).await;
    let error = expect_err("upload without an answer", outcome);
    assert!(error.may_have_taken_effect, "{error}");
    assert_eq!(replay.asked().len(), number, "it was sent again");
}

/// A file the vendor refuses is the caller's to put right: the error names the field.
pub async fn upload_that_is_refused_names_the_field(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, _)) = upload(&exam, "upload_refused").await else {
        return;
    };
    let error = expect_err("upload what is refused", outcome);
    let ErrorKind::InvalidInput { field: Some(field) } = &error.kind else {
        panic!("no field is named: {error}");
    };
    assert!(!field.trim().is_empty(), "no field is named: {error}");
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
}

async fn upload(
    exam: &Exam<'_>,
    recording: &str,
) -> Option<(Result<EvidenceFile, Error>, Arc<ReplayTransport>)> {
    exam.offline().abilities().upload_documents?;
    let (provider, replay) = exam.over(recording);
    let ability = provider
        .abilities()
        .upload_documents
        .expect("declared above");
    let outcome = ability.upload(&exam.session(), &passport()).await;
    replay.assert_used_up();
    Some((outcome, replay))
}

fn passport() -> Upload {
    let front = EvidenceRole::DocumentFront;
    let mut upload = Upload::new(front, "image/jpeg", Bytes::from_static(PICTURE));
    upload.document_kind = Some(DocumentKind::Passport);
    upload.country = Some(Country::from_code("NL"));
    upload
}
