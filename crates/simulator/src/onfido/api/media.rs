//! `/documents`, `/live_photos`, `/live_videos`, `/motion_captures`, `/id_photos`.

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::account::State;
use super::super::applicant::Applicant;
use super::super::media::{About, Collection, Medium};
use super::super::refusal::{Fields, Refusal};
use super::call::Call;
use super::fields::is_country;
use super::{Answer, applicants, with_type};
use crate::loopback::json_answer;
use crate::multipart::Form;

/// Sizes of uploads, in bytes: of documents, and of pictures of a face. By the vendor's OpenAPI file.
const DOCUMENT_BYTES: std::ops::RangeInclusive<usize> = 2_048..=3 * 1024 * 1024;
const FACE_BYTES: std::ops::RangeInclusive<usize> = 32 * 1024..=10 * 1024 * 1024;

pub(super) fn answer(
    state: &mut State,
    call: &Call<'_>,
    collection: Collection,
    path: &[&str],
) -> Answer {
    match (call.method, path) {
        (&Method::GET, []) => list(state, call, collection),
        (&Method::POST, []) if collection.can_be_uploaded() => upload(state, call, collection),
        (&Method::GET, [id]) => {
            let medium = present(state, collection, id)?;
            Ok(json_answer(StatusCode::OK, &medium.object()))
        }
        (&Method::GET, [id, "download"]) => {
            let medium = present(state, collection, id)?;
            Ok(file(&medium.file_type, &medium.file_name, &medium.bytes))
        }
        (&Method::GET, [id, "frame"]) if collection.has_frames() => {
            let medium = present(state, collection, id)?;
            Ok(file("image/png", "frame.png", &medium.frame()))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

/// The file, unless its applicant was deleted.
fn present<'a>(state: &'a State, collection: Collection, id: &str) -> Result<&'a Medium, Refusal> {
    let found = state.media.get(id);
    let found = found.filter(|medium| medium.collection == collection);
    let found = found.ok_or_else(|| Refusal::not_found(collection.singular(), id))?;
    let applicant = state.applicants.get(&found.applicant_id);
    if applicant.is_some_and(Applicant::is_deleted) {
        return Err(Refusal::gone());
    }
    Ok(found)
}

fn list(state: &State, call: &Call<'_>, collection: Collection) -> Answer {
    let missing = || Refusal::invalid_field("applicant_id", "can't be blank");
    let applicant = call.query("applicant_id").ok_or_else(missing)?;
    applicants::present(state, applicant)?;
    let files = state.media.iter();
    let files = files.filter(|m| m.collection == collection && m.applicant_id == applicant);
    let files: Vec<Value> = files.map(Medium::object).collect();
    Ok(json_answer(
        StatusCode::OK,
        &json!({ collection.as_word(): files }),
    ))
}

fn upload(state: &mut State, call: &Call<'_>, collection: Collection) -> Answer {
    let unreadable = || Refusal::bad_request("The request body is not a multipart form");
    let form = Form::read(call.content_type(), call.body).ok_or_else(unreadable)?;
    let mut fields = Fields::default();
    let text = |name: &str| form.text(name).filter(|text| !text.is_empty());
    let applicant = text("applicant_id").unwrap_or_default();
    if applicant.is_empty() {
        fields.add("applicant_id", "can't be blank");
    }
    let is_document = collection == Collection::Documents;
    if is_document && text("type").is_none() {
        fields.add("type", "can't be blank");
    }
    if text("side").is_some_and(|side| side != "front" && side != "back") {
        fields.add("side", "is not included in the list");
    }
    if text("issuing_country").is_some_and(|country| !is_country(country)) {
        fields.add("issuing_country", "is not included in the list");
    }
    let content = form.file("file");
    let media_type = content.and_then(|(_, bytes)| media_type(bytes));
    let sizes = if is_document {
        DOCUMENT_BYTES
    } else {
        FACE_BYTES
    };
    match (content, media_type) {
        (None, _) => fields.add("file", "can't be blank"),
        (Some(_), None) => fields.add("file", "the file type is not supported"),
        (Some((_, bytes)), _) if !sizes.contains(&bytes.len()) => {
            fields.add("file", "the file size is out of bounds");
        }
        _ => {}
    }
    fields.finish()?;
    applicants::present(state, applicant)?;
    let (file_name, bytes) = content.unwrap_or_default();
    let owned = |name: &str| text(name).map(str::to_owned);
    let medium = Medium {
        id: state.ids.uuid(),
        collection,
        applicant_id: applicant.to_owned(),
        created_unix_secs: call.now_unix_secs(),
        file_name: file_name.to_owned(),
        file_type: media_type.unwrap_or_default().to_owned(),
        bytes: Bytes::copy_from_slice(bytes),
        document: About {
            document_type: owned("type"),
            side: owned("side"),
            issuing_country: owned("issuing_country"),
        },
    };
    let answer = json_answer(StatusCode::CREATED, &medium.object());
    state.media.insert(medium.id.clone(), medium);
    Ok(answer)
}

/// What the file is, by how it begins.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 3] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"%PDF-", "application/pdf"),
    ];
    let kind = kinds
        .into_iter()
        .find(|(begin, _)| bytes.starts_with(begin));
    kind.map(|(_, media_type)| media_type)
}

fn file(media_type: &str, name: &str, bytes: &Bytes) -> http::Response<Bytes> {
    let mut response = with_type(media_type, bytes.clone());
    let disposition = format!("attachment; filename=\"{}\"", name.replace('"', ""));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}
