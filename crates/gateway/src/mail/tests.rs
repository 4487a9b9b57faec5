//! What a mail may hold, without a mail server.

use idv_core::{Pii, Timestamp};

use super::*;

fn mailer() -> SmtpMailer {
    SmtpMailer::new(&MailSettings {
        host: "127.0.0.1".to_owned(),
        port: 1,
        security: MailSecurity::None,
        credentials: None,
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
    assert!(!head.contains("Zo"), "{head}");
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
