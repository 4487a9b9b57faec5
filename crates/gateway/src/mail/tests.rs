//! What a mail may hold, without a mail server.

use std::time::Duration;

use idv_core::{Pii, Secret, Timestamp};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::*;

fn mailer() -> SmtpMailer {
    mailer_to(1, None)
}

fn mailer_to(port: u16, credentials: Option<(String, Secret)>) -> SmtpMailer {
    SmtpMailer::new(&MailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: MailSecurity::None,
        credentials,
        ca_pem: None,
        from: "Example <verify@app.example>".parse().unwrap(),
        reply_to: None,
        timeout: Duration::from_secs(5),
        verification_url: "https://app.example/verify/{request_id}".to_owned(),
        templates: built_in_templates(),
    })
    .unwrap()
}

fn mail(to: &str, given_name: Option<&str>) -> Mail {
    let request = RequestId::new(Timestamp::from_unix_secs(1_795_200_000));
    let mut mail = Mail::new("m-1", MailKind::Reminder, Pii::new(to.to_owned()), request);
    mail.given_name = given_name.map(|name| Pii::new(name.to_owned()));
    mail
}

fn written(mail: &Mail) -> Result<String, MailError> {
    let message = mailer().message(mail)?;
    Ok(String::from_utf8(message.formatted()).unwrap())
}

#[test]
fn an_address_adds_no_header_and_no_second_reader() {
    for to in [
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\nX: y",
        "ada@example.org, eve@example.org",
        "Eve <eve@example.org>",
        "ada@example.org\0",
        "ada",
        "",
    ] {
        let error = written(&mail(to, None)).unwrap_err();
        assert!(!error.retryable, "{to:?}");
        assert!(!error.reason.contains("example.org"), "{}", error.reason);
    }
}

#[test]
fn a_name_adds_no_header_and_carries_no_message() {
    for name in ["Ada\r\nBcc: eve@example.org", "Ada\u{7}"] {
        assert!(
            !written(&mail("ada@example.org", Some(name)))
                .unwrap_err()
                .retryable
        );
    }
    for name in [
        "Win at https://evil.example",
        "<b>Ada</b>",
        "Claim your refund at evil.example",
        "evil.1",
        "evil\u{3002}example",
        "evil\u{ff0e}example",
        "evil\u{ff61}example",
        " ",
        &"x".repeat(101),
    ] {
        let text = written(&mail("ada@example.org", Some(name))).unwrap();
        assert!(text.contains("Hello there,"), "{text}");
    }
    for name in ["Dr. Ada", "Ada L.", "Ada ... L"] {
        let text = written(&mail("ada@example.org", Some(name))).unwrap();
        assert!(text.contains(&format!("Hello {name},")), "{text}");
    }
    let text = written(&mail("ada@example.org", Some("Zoë O'Hara"))).unwrap();
    assert!(text.contains("Hello Zo=C3=AB O'Hara,"), "{text}");
    assert!(text.contains("Hello Zo=C3=AB O&#39;Hara,"), "{text}");
    let head = text.split("\r\n\r\n").next().unwrap();
    // The boundary is random letters: any two may stand in it.
    let mut lines = head.lines().filter(|line| !line.contains("boundary="));
    assert!(!lines.any(|line| line.contains("Zo")), "{head}");
}

#[tokio::test]
async fn a_server_that_is_away_is_for_later_and_names_nobody() {
    let error = mailer()
        .send(&mail("ada@example.org", Some("Ada")))
        .await
        .unwrap_err();
    assert!(error.retryable);
    assert_eq!(error.reason, "the mail server cannot be reached");
    assert_eq!(format!("{:?}", mailer()), "SmtpMailer(127.0.0.1)");
}

#[test]
fn each_kind_of_mail_has_its_own_text_and_the_same_page() {
    let mut reminder = mail("ada@example.org", Some("Ada"));
    let mut subjects = std::collections::BTreeSet::new();
    for kind in MailKind::ALL {
        reminder.kind = kind;
        let text = written(&reminder).unwrap();
        let subject = text.lines().find(|line| line.starts_with("Subject: "));
        subjects.insert(subject.unwrap().to_owned());
        assert!(text.contains("Message-ID: <m-1@app.example>"), "{text}");
        // Quoted-printable may fold the line, not before the host has ended.
        assert!(text.contains("https://app.example/verify/idv_"), "{text}");
    }
    assert_eq!(subjects.len(), MailKind::ALL.len());
}

/// A mail server that answers a command that begins with `to` with `answer`, and else as one does that takes everything.
/// Returns what came of one mail to it.
async fn said_by_a_server_that(to: &'static str, answer: &'static str) -> Result<(), MailError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.split();
        writer.write_all(b"220 mail.example\r\n").await.unwrap();
        let mut lines = BufReader::new(reader).lines();
        let mut is_text = false;
        while let Ok(Some(line)) = lines.next_line().await {
            let usual = match line.as_str() {
                "." => "250 taken",
                _ if is_text => continue,
                "DATA" => "354 go on",
                "QUIT" => "221 goodbye",
                line if line.starts_with("EHLO") => "250-mail.example\r\n250 AUTH PLAIN",
                line if line.starts_with("AUTH") => "235 welcome",
                _ => "250 fine",
            };
            let said = if line.starts_with(to) { answer } else { usual };
            is_text = said.starts_with("354");
            let _ = writer.write_all(format!("{said}\r\n").as_bytes()).await;
        }
    };
    let login = ("idv".to_owned(), Secret::new("password".to_owned()));
    let mailer = mailer_to(port, Some(login));
    let mail = mail("ada@example.org", None);
    tokio::join!(mailer.send(&mail), server).0
}

#[tokio::test]
async fn only_what_is_about_the_recipient_or_the_mail_is_refused_for_good() {
    assert!(said_by_a_server_that("NOTHING", "").await.is_ok());
    for (to, answer) in [
        ("RCPT", "550 5.1.1 no such user"),
        ("RCPT", "550 no such user"),
        ("RCPT", "553 no such mailbox"),
        ("DATA", "554 5.2.1 mailbox disabled"),
        (".", "550 5.6.0 not with this content"),
    ] {
        let error = said_by_a_server_that(to, answer).await.unwrap_err();
        assert!(!error.retryable, "{to}: {answer}");
    }
    for (to, answer) in [
        ("EHLO", "550 not you"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("AUTH", "550 5.7.0 no more logins"),
        ("AUTH", "504 no such mechanism"),
        ("MAIL", "550 5.1.8 no such sender"),
        ("MAIL", "553 not your address"),
        ("MAIL", "530 5.7.0 log in first"),
        ("RCPT", "554 5.7.1 relay access denied"),
        ("RCPT", "502 not implemented"),
        ("RCPT", "450 4.2.1 later"),
        (".", "554 5.7.1 looks like spam"),
        (".", "552 5.3.4 too large"),
        (".", "451 later"),
    ] {
        let error = said_by_a_server_that(to, answer).await.unwrap_err();
        assert!(error.retryable, "{to}: {answer}");
    }
}
