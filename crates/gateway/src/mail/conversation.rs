//! One conversation with the mail server, step by step: what a refusal means depends on what was refused.

use std::error::Error as _;
use std::time::Duration;

use idv_engine::MailError;
use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::{later, refused};

/// How long the server may take to say goodbye. The mail is its own by then.
const FAREWELL: Duration = Duration::from_secs(2);

/// The mail server, and how to speak with it.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) login: Option<Credentials>,
    /// How long handing over one mail may take.
    pub(super) timeout: Duration,
}

/// What was being done when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Connecting, encrypting, logging in.
    Beginning,
    /// Naming the sender.
    Sender,
    /// Naming the recipient.
    Recipient,
    /// Handing the text over.
    Content,
}

impl Server {
    /// Hands one mail over. It is the server's when this returns `Ok`.
    pub(super) async fn hand_over(&self, message: &Message) -> Result<(), MailError> {
        let talk = async {
            let connection = self.connect().await;
            let mut connection = connection.map_err(|error| meaning(Step::Beginning, &error))?;
            let done = speak(&mut connection, message).await;
            Ok((connection, done))
        };
        let (mut connection, done) = tokio::time::timeout(self.timeout, talk)
            .await
            .unwrap_or(Err(later("the mail server did not answer in time")))?;
        let _ = tokio::time::timeout(FAREWELL, connection.abort()).await;
        done
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::default();
        let from_the_beginning = match &self.tls {
            Tls::Wrapper(tls) => Some(tls.clone()),
            _ => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.timeout),
            &name,
            from_the_beginning,
            None,
        )
        .await?;
        if let Tls::Required(tls) = &self.tls {
            connection.starttls(tls.clone(), &name).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }
}

async fn speak(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), MailError> {
    let envelope = message.envelope();
    let text = message.formatted();
    let mut parameters = Vec::new();
    let can = |extension| connection.server_info().supports_feature(extension);
    // RFC 6531: such an address is named only to a server that knows it.
    if !envelope
        .to()
        .iter()
        .all(|to| AsRef::<str>::as_ref(to).is_ascii())
    {
        if !can(Extension::SmtpUtfEight) {
            return Err(later("the mail server takes no address outside of ASCII"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        if !can(Extension::EightBitMime) {
            return Err(later("the mail server takes no text outside of ASCII"));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let at = |step| move |error| meaning(step, &error);
    let sender = Mail::new(envelope.from().cloned(), parameters);
    connection.command(sender).await.map_err(at(Step::Sender))?;
    for to in envelope.to() {
        let recipient = Rcpt::new(to.clone(), Vec::new());
        connection
            .command(recipient)
            .await
            .map_err(at(Step::Recipient))?;
    }
    connection.command(Data).await.map_err(at(Step::Content))?;
    connection.message(&text).await.map_err(at(Step::Content))?;
    Ok(())
}

/// What a failure means. Its text may hold the address, so it is not shown.
fn meaning(step: Step, error: &Error) -> MailError {
    // 530, 534, 535 and 538 are about who we are (RFC 4954, 6): the operator can mend that, and the mail then goes.
    let code = error.status().map(u16::from);
    if code.is_some_and(|code| matches!(code, 530 | 534 | 535 | 538)) {
        later("the mail server does not accept the username and password")
    } else if error.is_permanent() {
        match step {
            Step::Beginning => later("the mail server does not accept the connection or the login"),
            Step::Sender => later("the mail server does not accept the sender; see mail.from"),
            Step::Recipient | Step::Content if is_about_the_mail(error) => {
                refused("the mail server refuses the mail for good")
            }
            Step::Recipient | Step::Content => {
                later("the mail server takes no such mail from here; see its own log")
            }
        }
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

/// Whether a refusal of the recipient or of the text is about them. The codes from 550 to 559 are (RFC 5321, 4.2.1),
/// unless the enhanced code says that it is the server's state (x.3), the protocol (x.5), or what we are allowed to
/// send (x.7), such as a relay that is denied (RFC 3463; both read 2026-11-20): that, the operators can mend.
fn is_about_the_mail(error: &Error) -> bool {
    let code = error.status().map(u16::from);
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    let enhanced = text.split_whitespace().next().unwrap_or_default();
    let is_ours = ["5.3.", "5.5.", "5.7."]
        .iter()
        .any(|about| enhanced.starts_with(about));
    code.is_some_and(|code| (550..=559).contains(&code)) && !is_ours
}

/// Whether it failed while the connection was being encrypted: the library calls that a failed connection.
fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>();
    let inner = inner.and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        || error.source().is_some_and(is_about_tls)
}
