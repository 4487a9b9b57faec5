//! Mails to the subject, by SMTP.
//!
//! A mail names the application's own page. A link of the vendor is a secret that opens the subject's session and is
//! valid for minutes; it is never mailed.

mod conversation;
mod template;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use idv_core::{OrganizationId, Purpose, RequestId};
use idv_engine::{Mail, MailError, MailKind, Mailer};
use lettre::message::header::{ContentTransferEncoding, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, Message};

use conversation::Server;
use template::{Filled, Values};
pub(crate) use template::{Template, built_in, read_html, read_text};

use crate::config::{MailSecurity, MailSettings};

/// The longest name that is taken into a mail, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Sends mails through one mail server.
pub(crate) struct SmtpMailer {
    server: Server,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    verification_url: String,
    templates: BTreeMap<&'static str, Template>,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpMailer({})", self.server.host)
    }
}

/// The settings cannot be put to use: the certificates of `mail.ca_file` are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mail.ca_file holds no certificate that can be used: give a PEM file with certificates")]
pub(crate) struct UnusableCertificates;

impl SmtpMailer {
    pub(crate) fn new(settings: &MailSettings) -> Result<Self, UnusableCertificates> {
        let encrypted = || {
            let mut tls = TlsParameters::builder(settings.host.clone());
            tls = match &settings.ca_pem {
                None => tls.certificate_store(CertificateStore::WebpkiRoots),
                Some(pem) => {
                    let own = Certificate::from_pem(pem).map_err(|_| UnusableCertificates)?;
                    tls.certificate_store(CertificateStore::None)
                        .add_root_certificate(own)
                }
            };
            tls.build_rustls().map_err(|_| UnusableCertificates)
        };
        let tls = match settings.security {
            MailSecurity::StartTls => Tls::Required(encrypted()?),
            MailSecurity::Tls => Tls::Wrapper(encrypted()?),
            MailSecurity::None => Tls::None,
        };
        let login = settings.credentials.as_ref();
        let login = login.map(|(username, password)| {
            Credentials::new(username.clone(), password.expose().to_owned())
        });
        Ok(Self {
            server: Server {
                host: settings.host.clone(),
                port: settings.port,
                tls,
                login,
                timeout: settings.timeout,
            },
            from: settings.from.clone(),
            reply_to: settings.reply_to.clone(),
            verification_url: settings.verification_url.clone(),
            templates: settings.templates.clone(),
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to = mail.to.expose(Purpose::AnswerApplication);
        if to.chars().any(char::is_control) {
            return Err(refused("the address holds a control character"));
        }
        let to: Address = to
            .trim()
            .parse()
            .map_err(|_| refused("the address is none that a mail can be sent to"))?;
        let given_name = match &mail.given_name {
            Some(name) => called(name.expose(Purpose::AnswerApplication))?,
            None => None,
        };
        let request = mail.request.to_string();
        let page = self.page(mail.request);
        let values = Values {
            given_name,
            verification_url: &page,
            request_id: &request,
            organization: mail.organization.as_ref().map(OrganizationId::as_str),
            reason: mail.reason.as_deref(),
        };
        let template = self.templates.get(mail.kind.as_word());
        let template = template.ok_or(refused("there is no text for this kind of mail"))?;
        let Filled {
            subject,
            text,
            html,
        } = template.fill(&values);
        let id = format!("<{}@{}>", mail.message_id, self.from.email.domain());
        let mut message = Message::builder()
            .message_id(Some(id))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        // RFC 3834: no out-of-office note comes back.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(header::ContentType::TEXT_PLAIN, text))
                    .singlepart(part(header::ContentType::TEXT_HTML, html)),
            )
            .map_err(|_| refused("the mail could not be put together"))
    }

    /// The application's page for a request.
    fn page(&self, request: RequestId) -> String {
        self.verification_url
            .replace("{request_id}", &request.to_string())
    }
}

/// Quoted-printable, whatever is in it: a mail server on the way need not speak 8BITMIME.
fn part(content_type: header::ContentType, body: String) -> SinglePart {
    SinglePart::builder()
        .header(content_type)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(body)
}

/// What to call somebody; nothing if it is no name but an address or a sentence: whoever chose it would have us send
/// their text.
fn called(name: &str) -> Result<Option<&str>, MailError> {
    if name.chars().any(char::is_control) {
        return Err(refused("the given name holds a control character"));
    }
    let is_a_name = |name: &str| {
        name.chars().count() <= MAX_NAME_CHARS && !name.contains(['/', ':', '@', '<', '>'])
    };
    Ok(Some(name.trim())
        .filter(|name| !name.is_empty() && is_a_name(name) && !may_become_a_link(name)))
}

/// Whether a mail program may make a link of a part of it: of "evil.example", not of "Dr. Ada".
fn may_become_a_link(name: &str) -> bool {
    // The dots that are one in the name of a host (UTS 46, read 2026-11-20).
    const DOTS: &[char] = &['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let mut after_dots = name.split(DOTS).skip(1);
    after_dots.any(|rest| rest.starts_with(char::is_alphanumeric))
}

const fn refused(reason: &'static str) -> MailError {
    MailError {
        retryable: false,
        reason,
    }
}

const fn later(reason: &'static str) -> MailError {
    MailError {
        retryable: true,
        reason,
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.server.hand_over(&self.message(mail)?).await
    }
}

/// The texts compiled in, by kind.
pub(crate) fn built_in_templates() -> BTreeMap<&'static str, Template> {
    MailKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let (text, html) = built_in(kind);
            let template = Template::new(read_text(text).ok()?, read_html(html).ok()?).ok()?;
            Some((kind.as_word(), template))
        })
        .collect()
}

#[cfg(test)]
mod tests;
