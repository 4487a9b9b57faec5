//! `/v1/files`, and what is in them.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::Value;

use super::Call;
use crate::page;
use crate::stripe::accepted::{EXPAND, Kind, Param};
use crate::stripe::account::{ACCOUNT_ID, Account, State};
use crate::stripe::file::{Content, File};
use crate::stripe::keys::{Area, key_of};
use crate::stripe::refusal::Refusal;
use crate::stripe::shelf::is_within;

pub(super) const LIST: &[Param] = &[
    Param::new("created", Kind::Times),
    Param::new("purpose", Kind::Word(PURPOSES)),
];

pub(super) const CREATE: &[Param] = &[
    EXPAND,
    Param::new("file", Kind::File).required(),
    Param::new("file_link_data", Kind::Members),
    Param::new("file_link_data[create]", Kind::Flag),
    Param::new("file_link_data[expires_at]", Kind::Times),
    Param::new("file_link_data[metadata]", Kind::Entries).or_unset(),
    Param::new("purpose", Kind::Word(UPLOADED)).required(),
];

/// The purposes for which files can be handed in.
const UPLOADED: &[&str] = &[
    "account_requirement",
    "additional_verification",
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "identity_document",
    "issuing_regulatory_reporting",
    "pci_document",
    "platform_terms_of_service",
    "tax_document_user_upload",
    "terminal_android_apk",
    "terminal_reader_splashscreen",
    "terminal_wifi_certificate",
    "terminal_wifi_private_key",
];

/// Every purpose there is.
const PURPOSES: &[&str] = &[
    "account_requirement",
    "additional_verification",
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "document_provider_identity_document",
    "finance_report_run",
    "financial_account_statement",
    "identity_document",
    "identity_document_downloadable",
    "issuing_regulatory_reporting",
    "pci_document",
    "platform_terms_of_service",
    "selfie",
    "sigma_scheduled_query",
    "tax_document_user_upload",
    "terminal_android_apk",
    "terminal_reader_splashscreen",
    "terminal_wifi_certificate",
    "terminal_wifi_private_key",
];

/// The object's name in the vendor's sentences.
pub(super) const WHAT: &str = "file upload";

impl State {
    pub(super) fn shown_file(&self, file: &File, now_unix_secs: i64) -> Value {
        let links = self.file_links.iter().rev();
        let links = links.filter(|(_, link)| link.file == file.id).take(10);
        let base_url = self.files_base_url();
        let links: Vec<_> = links
            .map(|(_, link)| link.object(base_url, &link.file.as_str().into(), now_unix_secs))
            .collect();
        file.object(base_url, &links)
    }

    /// What a link leads to, for whoever has it.
    pub(super) fn open_file_link(&self, token: &str, now_unix_secs: i64) -> Response<Bytes> {
        let link = self.file_links.iter().map(|(_, link)| link);
        let link = link.into_iter().find(|link| link.token == token);
        match link.map(|link| (link, self.files.get(&link.file))) {
            None => page::gone("There is no such link to a file."),
            Some((link, _)) if link.is_expired(now_unix_secs) => {
                page::gone("This link to a file has expired.")
            }
            Some((_, None)) => page::gone("The file of this link was erased."),
            Some((_, Some(file))) => content(file),
        }
    }
}

impl Account {
    /// The content of a file, if that is what is asked for. Pictures of people are only shown through links.
    pub(super) fn file_content(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Option<Result<Response<Bytes>, Refusal>> {
        let path = request.uri().path().strip_prefix("/v1/files/")?;
        let id = path.strip_suffix("/contents")?;
        if request.method() != Method::GET {
            return None;
        }
        let content = || {
            let key = key_of(request, &self.keys, now.as_unix_secs())?;
            key.check(Area::FilesRead, id, ACCOUNT_ID)?;
            let file = state.files.get(id);
            let file = file.ok_or_else(|| Refusal::no_such(WHAT, id, "file"))?;
            if file.session().is_some() {
                let message = "This file cannot be downloaded. Make a FileLink to it that expires within 30 seconds.";
                return Err(Refusal::new(StatusCode::FORBIDDEN, message));
            }
            Ok(content(file))
        };
        Some(content())
    }
}

fn content(file: &File) -> Response<Bytes> {
    let kind = match file.file_type.as_str() {
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    };
    let mut response = Response::new(file.bytes());
    let kind = HeaderValue::from_static(kind);
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}

/// Links are made by a call of their own: what is said about one here is taken and not followed.
pub(super) fn create(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let upload = call
        .params
        .uploads
        .iter()
        .find(|upload| upload.name == "file");
    let upload = upload.ok_or_else(|| {
        Refusal::of_param("file", None, "Invalid file: it must be handed in as a file")
    })?;
    let filename = upload.file_name.clone();
    let ending = filename
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let file = File {
        id: state.maker.id("file_1", 23),
        created_unix_secs: call.now_unix_secs(),
        purpose: call.params.set("purpose").unwrap_or_default().to_owned(),
        filename: Some(filename),
        title: None,
        file_type: match ending.as_deref() {
            Some("jpeg") => "jpg".to_owned(),
            Some(ending) => ending.to_owned(),
            None => "bin".to_owned(),
        },
        content: Content::Uploaded(upload.content.clone()),
    };
    let object = state.shown_file(&file, call.now_unix_secs());
    state.files.put(file.id.clone(), file);
    Ok(object)
}

pub(super) fn retrieve(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let file = state.files.get(id);
    let file = file.ok_or_else(|| Refusal::no_such(WHAT, id, "file"))?;
    Ok(state.shown_file(file, call.now_unix_secs()))
}

pub(super) fn list(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    let page = state.files.page(WHAT, params, |file| {
        params
            .text("purpose")
            .is_none_or(|purpose| file.purpose == purpose)
            && is_within(params, file.created_unix_secs)
    })?;
    Ok(page.shown("/v1/files", |file| {
        state.shown_file(file, call.now_unix_secs())
    }))
}
