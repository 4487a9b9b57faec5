//! `[mail]`: the mail server, what is sent, and where it leads.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use idv_core::Secret;
use idv_engine::MailKind;
use lettre::message::Mailbox;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::secrets;
use super::section::{Complaints, Found, Section};
use crate::mail::{Template, built_in, built_in_templates, read_html, read_text};

/// Everything needed to send mails.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Username and password, if the server wants them.
    pub credentials: Option<(String, Secret)>,
    /// The only certificate authority to trust, as PEM; else the Mozilla list, compiled in.
    pub ca_pem: Option<Vec<u8>>,
    /// The sender.
    pub(crate) from: Mailbox,
    /// Where answers go, if not to the sender.
    pub(crate) reply_to: Option<Mailbox>,
    /// How long handing over one mail may take.
    pub timeout: Duration,
    /// The application's page, with `{request_id}` for the request.
    pub verification_url: String,
    /// The texts, by kind of mail.
    pub(crate) templates: BTreeMap<&'static str, Template>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// It begins in the clear and must be encrypted before anything is sent.
    StartTls,
    /// It is encrypted from the beginning.
    Tls,
    /// Not at all.
    None,
}

impl MailSecurity {
    /// The usual port (RFC 8314).
    const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// Reads the table. `Some(None)`: no mails are sent. `None`: something is wrong.
pub(super) fn read(
    mut section: Section,
    complaints: &mut Complaints,
) -> Option<Option<MailSettings>> {
    let before = complaints.count();
    let host = section.text("host", "the name of the mail server", complaints);
    let port = section.whole_if_given("port", "a port", 1..=65_535, complaints);
    let words = [
        ("starttls", MailSecurity::StartTls),
        ("tls", MailSecurity::Tls),
        ("none", MailSecurity::None),
    ];
    let security = section.word("security", &words, complaints);
    let allow_plain = section.boolean("allow_unencrypted", complaints);
    let username = section.text("username", "the name to log in with", complaints);
    let password = secrets::one(&mut section, "password", "password_file", complaints);
    let ca_file = section.text("ca_file", "the path of a PEM file", complaints);
    let ca_pem = ca_file.map(|file| certificates(&section, &file, complaints));
    let from = mailbox(&mut section, "from", complaints);
    let reply_to = mailbox(&mut section, "reply_to", complaints);
    let timeout = section.whole("timeout_secs", "seconds", 1..=600, complaints);
    let page = section.text("verification_url", PAGE, complaints);
    let page = page.and_then(|found| address_of_page(&section, &found, complaints));
    let folder = section.text("templates", "the path of a folder", complaints);
    let templates = match folder {
        Some(folder) => from_folder(&section, &folder, complaints),
        None => built_in_templates(),
    };
    let Some(host) = host else {
        if username.is_some() || password.is_some() || from.is_some() || page.is_some() {
            let remedy = "name the mail server, or leave the other keys of [mail] out";
            section.missing("host", remedy, complaints);
        }
        section.finish(complaints);
        return (complaints.count() == before).then_some(None);
    };
    let security = security.map_or(MailSecurity::StartTls, |found| found.value);
    let may_be_plain = allow_plain.is_some_and(|found| found.value) || is_loopback(&host.value);
    if security == MailSecurity::None && !may_be_plain {
        complaints.add(
            &host.origin,
            &section.name_of("security"),
            "is \"none\", and the mail server is another machine: names and addresses would travel in the clear",
            "take \"starttls\" or \"tls\"; if the network is yours alone, say mail.allow_unencrypted = true",
        );
    }
    let mut must = |key, is_there: bool, remedy| {
        if !is_there && !complaints.names(&section.name_of(key)) {
            section.missing(key, remedy, complaints);
        }
    };
    must(
        "from",
        from.is_some(),
        "give the sender, such as \"Example <verify@app.example>\"",
    );
    must("verification_url", page.is_some(), PAGE_REMEDY);
    let credentials = match (username, password) {
        (Some(username), Some(password)) => Some((username.value, password.value)),
        (None, None) => None,
        (Some(_), None) => {
            section.missing(
                "password",
                "give it in mail.password_file or IDV_MAIL__PASSWORD",
                complaints,
            );
            None
        }
        (None, Some(_)) => {
            section.missing(
                "username",
                "give the name that belongs to the password",
                complaints,
            );
            None
        }
    };
    section.finish(complaints);
    if complaints.count() > before {
        return None;
    }
    let port = port.and_then(|port| u16::try_from(port).ok());
    Some(Some(MailSettings {
        host: host.value,
        port: port.unwrap_or(security.port()),
        security,
        credentials,
        ca_pem: ca_pem.flatten(),
        from: from?,
        reply_to,
        timeout: Duration::from_secs(timeout?),
        verification_url: page?,
        templates,
    }))
}

const PAGE: &str =
    "the application's page for one request, such as \"https://app.example/verify/{request_id}\"";
const PAGE_REMEDY: &str = "give the application's page, such as \"https://app.example/verify/{request_id}\": links of the vendor are never mailed";

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn mailbox(
    section: &mut Section,
    key: &'static str,
    complaints: &mut Complaints,
) -> Option<Mailbox> {
    let expected = "an address, such as \"Example <verify@app.example>\"";
    let found = section.text(key, expected, complaints)?;
    let plain = !found.value.chars().any(char::is_control);
    match found.value.trim().parse() {
        Ok(mailbox) if plain => Some(mailbox),
        _ => {
            let remedy = format!("give {expected}");
            let name = section.name_of(key);
            complaints.add(
                &found.origin,
                &name,
                "is not the address of a mailbox",
                &remedy,
            );
            None
        }
    }
}

/// Absolute, over https or to this machine, with the place for the request.
fn address_of_page(
    section: &Section,
    found: &Found<String>,
    complaints: &mut Complaints,
) -> Option<String> {
    let text = found.value.trim();
    let url = url::Url::parse(&text.replace("{request_id}", "idv_x")).ok();
    let safe = url.is_some_and(|url| match url.scheme() {
        "https" => url.host_str().is_some(),
        "http" => url.host_str().is_some_and(is_loopback),
        _ => false,
    });
    let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if safe && plain && text.contains("{request_id}") {
        return Some(text.to_owned());
    }
    complaints.add(
        &found.origin,
        &section.name_of("verification_url"),
        "is not an https address with {request_id} in it",
        PAGE_REMEDY,
    );
    None
}

/// A PEM file, with at least one certificate in it and none that cannot be used.
fn certificates(
    section: &Section,
    file: &Found<String>,
    complaints: &mut Complaints,
) -> Option<Vec<u8>> {
    let mut complain = |what: &str, remedy: &str| {
        complaints.add(&file.origin, &section.name_of("ca_file"), what, remedy);
    };
    match std::fs::read(&file.value) {
        Ok(pem) if hold_certificates(&pem) => Some(pem),
        Ok(_) => {
            complain(
                "names a file without a certificate that can be used",
                "give a PEM file with the certificates of the authority",
            );
            None
        }
        Err(error) => {
            complain(
                &format!("names a file that cannot be read ({error})"),
                "put the certificates there and let this user read them",
            );
            None
        }
    }
}

fn hold_certificates(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let all_are_good = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()));
    all_are_good && !roots.is_empty()
}

/// The texts of a folder; those that are not there are the ones compiled in.
fn from_folder(
    section: &Section,
    folder: &Found<String>,
    complaints: &mut Complaints,
) -> BTreeMap<&'static str, Template> {
    let mut templates = BTreeMap::new();
    let key = section.name_of("templates");
    let mut complain = |what: &str, remedy: &str| {
        complaints.add(&folder.origin, &key, what, remedy);
    };
    let path = Path::new(&folder.value);
    let Ok(entries) = std::fs::read_dir(path) else {
        complain(
            "names a folder that cannot be read",
            "make the folder and let this user read it",
        );
        return templates;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = |kind: &MailKind| {
            name.strip_prefix(kind.as_word())
                .is_some_and(|ending| matches!(ending, ".txt" | ".html"))
        };
        if !name.starts_with('.') && !MailKind::ALL.iter().any(is_ours) {
            complain(
                &format!(
                    "holds {}, which is the text of no mail",
                    idv_core::label(&name)
                ),
                "remove it; the files are reminder.txt, reminder.html, recreated.txt and recreated.html",
            );
        }
    }
    for kind in MailKind::ALL {
        let (text, html) = built_in(kind);
        let mut part = |ending: &str, built_in: &str| {
            let name = format!("{}.{ending}", kind.as_word());
            match std::fs::read_to_string(path.join(&name)) {
                Ok(own) => Some((own, name)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    Some((built_in.to_owned(), name))
                }
                Err(_) => {
                    let what = format!("holds {name}, which cannot be read as UTF-8 text");
                    complain(&what, "save it as UTF-8 and let this user read it");
                    None
                }
            }
        };
        let (Some((text, text_name)), Some((html, html_name))) =
            (part("txt", text), part("html", html))
        else {
            continue;
        };
        let read = read_text(&text).map_err(|invalid| (invalid, text_name));
        let read = read.and_then(|text| {
            let html = read_html(&html).map_err(|invalid| (invalid, html_name.clone()))?;
            Template::new(text, html).map_err(|invalid| (invalid, html_name))
        });
        match read {
            Ok(template) => {
                templates.insert(kind.as_word(), template);
            }
            Err((invalid, name)) => {
                complain(
                    &format!("holds {name}, which {}", invalid.what),
                    &invalid.remedy,
                );
            }
        }
    }
    templates
}
