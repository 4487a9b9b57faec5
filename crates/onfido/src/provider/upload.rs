//! Handing in files for the person of a run.
//!
//! From the vendor's OpenAPI file (`/documents`, `/live_photos`), read 2026-11-20. A video can only be made by the vendor's own
//! software.

use bytes::{BufMut as _, Bytes, BytesMut};
use idv_core::{
    Country, DocumentKind, Error, ErrorKind, EvidenceFile, EvidenceRole, SessionId, Upload,
};

use super::OnfidoProvider;
use super::read::{run, unreadable};
use crate::client::failed;
use crate::map::tables::{DOCUMENT_KINDS, file_id};
use crate::map::{self, is_vendor_id};
use crate::wire;

const OPERATION: &str = "upload_file";

/// The types of files the vendor takes, and the ending under which each is handed in.
static FILE_TYPES: &[(&str, &str)] = &[
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("application/pdf", "pdf"),
];

impl OnfidoProvider {
    /// See [`idv_core::UploadDocuments::upload`].
    pub(super) async fn hand_in(
        &self,
        session: &SessionId,
        upload: &Upload,
    ) -> Result<EvidenceFile, Error> {
        let client = self.client(OPERATION)?;
        let file_type = FILE_TYPES
            .iter()
            .find(|(known, _)| *known == upload.media_type);
        let (media_type, ending) = file_type.ok_or_else(|| invalid("file_type"))?;
        let mut fields = Vec::new();
        let (kind, collection) = match upload.role {
            EvidenceRole::DocumentFront | EvidenceRole::DocumentBack | EvidenceRole::Other => {
                fields.push((
                    "type",
                    document_word(upload.document_kind.as_ref())?.to_owned(),
                ));
                let side = match upload.role {
                    EvidenceRole::DocumentFront => Some("front"),
                    EvidenceRole::DocumentBack => Some("back"),
                    _ => None,
                };
                fields.extend(side.map(|side| ("side", side.to_owned())));
                let country = upload.country.as_ref().and_then(Country::alpha3);
                fields.extend(country.map(|country| ("issuing_country", country.to_owned())));
                ("document", "documents")
            }
            EvidenceRole::Selfie => ("live_photo", "live_photos"),
            ref role => {
                let capability = format!("handing in a file of the role {role}");
                let message = "the vendor takes documents and pictures of a face";
                return Err(failed(
                    ErrorKind::Unsupported { capability },
                    OPERATION,
                    message,
                ));
            }
        };
        let answer = client.find_workflow_run(session).await?;
        let (_, run) = run("find_workflow_run", Some(session), &answer)?;
        let applicant = run.applicant_id.get().filter(|id| is_vendor_id(id));
        let applicant = applicant.ok_or_else(|| {
            let message = "the run names no applicant for whom a file could be handed in";
            failed(ErrorKind::BadResponse, OPERATION, message)
        })?;
        fields.push(("applicant_id", applicant.to_owned()));
        let boundary = boundary(&upload.content);
        let form = form(&boundary, &fields, (media_type, ending), &upload.content);
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let answer = client.upload(collection, &content_type, form).await?;
        let made: wire::File<'_> =
            map::object(&answer.body).map_err(|error| unreadable(OPERATION, error))?;
        let id = made.id.get().filter(|id| is_vendor_id(id)).ok_or_else(|| {
            let message = "the vendor does not say under which id it has taken the file";
            failed(ErrorKind::BadResponse, OPERATION, message)
        })?;
        let mut file = EvidenceFile::new(file_id(kind, id), upload.role.clone());
        file.media_type = Some((*media_type).to_owned());
        file.size_bytes = u64::try_from(upload.content.len()).ok();
        Ok(file)
    }
}

fn invalid(field: &str) -> Error {
    let field = Some(field.to_owned());
    let message = "the vendor takes no such file";
    failed(ErrorKind::InvalidInput { field }, OPERATION, message)
}

fn document_word(kind: Option<&DocumentKind>) -> Result<&'static str, Error> {
    let Some(kind) = kind else {
        return Ok("unknown");
    };
    let row = DOCUMENT_KINDS.iter().find(|(_, known)| known == kind);
    row.map(|(word, _)| *word).ok_or_else(|| invalid("type"))
}

/// A line that stands nowhere in the file. It is the same for the same file.
fn boundary(content: &Bytes) -> String {
    let mut number = 0_u64;
    loop {
        let boundary = format!("idv-form-{number:016x}");
        let needle = boundary.as_bytes();
        if !content.windows(needle.len()).any(|window| window == needle) {
            return boundary;
        }
        number = number.wrapping_add(1);
    }
}

/// RFC 7578. Nothing in a field can end its part: they are words of the vendor's and ids.
fn form(
    boundary: &str,
    fields: &[(&str, String)],
    (media_type, ending): (&str, &str),
    content: &Bytes,
) -> Bytes {
    let mut form = BytesMut::with_capacity(content.len().saturating_add(1_024));
    for (name, value) in fields {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        form.put_slice(part.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file.{ending}\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    form.put_slice(head.as_bytes());
    form.put_slice(content);
    form.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    form.freeze()
}
