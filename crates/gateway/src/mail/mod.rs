//! Mails to the subject, by SMTP.
//!
//! A mail names the application's own page. A link of the vendor is a secret that opens the subject's session and is
//! valid for minutes; it is never mailed.

mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{OrganizationId, Purpose, RequestId};
use idv_engine::{Mail, MailError, MailKind, Mailer};
use lettre::message::header::{ContentTransferEncoding, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use template::{Filled, Values};
pub(crate) use template::{Template, built_in, read_html, read_text};

use crate::config::{MailSecurity, MailSettings};

/// The longest name that is taken into a mail, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Sends mails through one mail server.
pub(crate) struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
    timeout: Duration,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    verification_url: String,
    templates: BTreeMap<&'static str, Template>,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpMailer({})", self.host)
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
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
                .port(settings.port)
                .tls(tls)
                .timeout(Some(settings.timeout));
        if let Some((username, password)) = &settings.credentials {
            let password = password.expose().to_owned();
            transport = transport.credentials(Credentials::new(username.clone(), password));
        }
        Ok(Self {
            transport: transport.build(),
            host: settings.host.clone(),
            timeout: settings.timeout,
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
        let message = self.message(mail)?;
        // The library's time limit is one per answer of the server; this one is for the whole of it.
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(said(&error)),
            Err(_) => Err(later("the mail server did not answer in time")),
        }
    }
}

/// What a failure means. Its text may hold the address, so it is not shown.
fn said(error: &lettre::transport::smtp::Error) -> MailError {
    // 530, 534, 535 and 538 are about who we are (RFC 4954, 6): the operator can mend that, and the mail then goes.
    let code = error.status().map(u16::from);
    if code.is_some_and(|code| matches!(code, 530 | 534 | 535 | 538)) {
        later("the mail server does not accept the username and password")
    } else if error.is_permanent() {
        refused("the mail server refuses the mail for good")
    } else if error.is_transient() {
        later("the mail server puts the mail off")
    } else if error.is_timeout() {
        later("the mail server did not answer in time")
    } else if error.is_tls() || is_about_tls(error) {
        later(
            "no encrypted connection to a mail server that is vouched for could be made; see mail.ca_file",
        )
    } else if error.is_client() {
        later("the mail server cannot do what is needed, such as encryption")
    } else {
        later("the mail server cannot be reached")
    }
}

/// Whether it failed while the connection was being encrypted: the library calls that a failed connection.
fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>();
    let inner = inner.and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        || error.source().is_some_and(is_about_tls)
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
