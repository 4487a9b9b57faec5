//! Mails to the subject, taken in by a mail server in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::api::over_with;
use super::gateway::{Gateway, pause};
use super::python::{self, Python};

const SERVER: &str = include_str!("python/mail_server.py");
const PASSWORD: &str = "mail-password-8c1f";
const ADDRESS: &str = "ada.marked@example.org";
const REQUESTS: &str = "/v1/verification-requests";

struct MailServer {
    dir: TempDir,
    child: Child,
    port: u64,
    attempts: Receiver<Value>,
}

impl MailServer {
    fn start(python: &Python, answers: &[&str], environment: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mail_server.py"), SERVER).unwrap();
        let mut command = python.command(dir.path());
        command.arg("mail_server.py").args(answers);
        command.envs(environment.iter().copied());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let (tell, attempts) = channel();
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        let mut server = Self {
            dir,
            child,
            port: 0,
            attempts,
        };
        server.port = server.attempt()["port"].as_u64().unwrap();
        server
    }

    /// The next attempt to hand a mail over.
    fn attempt(&self) -> Value {
        self.attempts
            .recv_timeout(Duration::from_secs(30))
            .expect("the mail server hears of a mail")
    }

    /// `[mail]` for this server, and an engine that tries again soon.
    fn settings(&self, more: &str) -> String {
        let port = self.port;
        let more = if more.contains("security") {
            more.to_owned()
        } else {
            format!("security = \"none\"\n{more}")
        };
        format!(
            "[engine]\nretry_base_secs = 1\n[mail]\nhost = \"127.0.0.1\"\nport = {port}\n\
             from = \"Example <verify@app.example>\"\nreply_to = \"support@app.example\"\n\
             verification_url = \"https://app.example/verify/{{request_id}}\"\n{more}\n"
        )
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A gateway that mails through this server, and a request of a person with an address.
async fn requested(settings: &str) -> (Gateway, String) {
    let (gateway, vendor) = over_with(settings).await;
    let person = json!({"given_name": "Ada-Marked", "email": ADDRESS});
    let body = json!({"subject": "user-1", "person": person});
    let (status, made) = gateway.call(Method::POST, REQUESTS, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    drop(vendor);
    (gateway, made["id"].as_str().unwrap().to_owned())
}

async fn remind(gateway: &Gateway, id: &str) {
    let path = format!("{REQUESTS}/{id}/remind");
    let (status, reminded) = gateway.call(Method::POST, &path, None).await;
    assert_eq!(status, 200, "{reminded}");
}

/// Waits for words in the log.
async fn logged(gateway: &Gateway, words: &str) {
    for _ in 0..1200 {
        if gateway.log().contains(words) {
            return;
        }
        pause().await;
    }
    panic!("nothing of {words:?} in {}", gateway.log());
}

fn names_nobody(gateway: &Gateway) {
    let log = gateway.log();
    for secret in [PASSWORD, ADDRESS, "ada.marked", "Ada-Marked"] {
        assert!(!log.contains(secret), "the log has {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_arrives_with_both_parts_and_leads_to_the_applications_page() {
    let Some(python) = python::ready() else {
        return;
    };
    let login = format!("idv:{PASSWORD}");
    let server = MailServer::start(python, &["accept"], &[("IDV_MAIL_LOGIN", &login)]);
    let more = format!("username = \"idv\"\npassword = \"{PASSWORD}\"\n");
    let (gateway, id) = requested(&server.settings(&more)).await;
    remind(&gateway, &id).await;
    let mail = server.attempt();
    assert_eq!(mail["login"], "idv");
    assert_eq!(mail["envelope_to"], json!([ADDRESS]));
    assert_eq!(mail["envelope_from"], "verify@app.example");
    assert_eq!(mail["content_type"], "multipart/alternative");
    let headers = &mail["headers"];
    assert_eq!(headers["subject"], "Please finish your identity check");
    assert_eq!(headers["from"], "Example <verify@app.example>");
    assert_eq!(headers["reply-to"], "support@app.example");
    assert_eq!(headers["to"], ADDRESS);
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(headers["date"].is_string());
    let message_id = headers["message-id"].as_str().unwrap();
    assert!(message_id.ends_with("@app.example>"), "{message_id}");
    let page = format!("https://app.example/verify/{id}");
    let parts = mail["parts"].as_object().unwrap();
    assert_eq!(parts.len(), 2, "{mail:#}");
    for part in ["text/plain", "text/html"] {
        let text = parts[part].as_str().unwrap();
        assert!(
            text.contains(&page) && text.contains("Hello Ada-Marked,"),
            "{text}"
        );
        assert!(!text.contains("/start/"), "a vendor's link: {text}");
    }
    names_nobody(&gateway);
    let printed = super::program::run(gateway.dir.path(), &["config", "print"]);
    assert!(printed.stdout.contains("127.0.0.1") && !printed.stdout.contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_put_off_or_not_answered_comes_again_as_the_same_mail() {
    let Some(python) = python::ready() else {
        return;
    };
    let server = MailServer::start(python, &["451", "hang", "accept"], &[]);
    let (gateway, id) = requested(&server.settings("timeout_secs = 1\n")).await;
    remind(&gateway, &id).await;
    let tries = [server.attempt(), server.attempt(), server.attempt()];
    let answers = tries
        .each_ref()
        .map(|attempt| attempt["answer"].as_str().unwrap());
    assert_eq!(answers, ["451", "hang", "accept"]);
    let [first, second, third] = tries.map(|attempt| attempt["headers"]["message-id"].clone());
    assert!(first.is_string() && first == second && second == third);
    names_nobody(&gateway);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_for_good_is_not_sent_again() {
    let Some(python) = python::ready() else {
        return;
    };
    let server = MailServer::start(python, &["550", "accept"], &[]);
    let (gateway, id) = requested(&server.settings("")).await;
    remind(&gateway, &id).await;
    let refused = server.attempt();
    logged(&gateway, "refuses the mail for good").await;
    // Were the first one sent again, it would come before this one.
    remind(&gateway, &id).await;
    let next = server.attempt();
    assert_eq!(next["answer"], "accept");
    assert_ne!(
        refused["headers"]["message-id"],
        next["headers"]["message-id"]
    );
    names_nobody(&gateway);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_encrypted_to_a_server_that_is_vouched_for_and_to_no_other() {
    let Some(python) = python::ready() else {
        return;
    };
    for security in ["starttls", "tls"] {
        let server = MailServer::start(python, &["accept"], &[("IDV_MAIL_TLS", security)]);
        let protected = format!("security = \"{security}\"\n");
        let (gateway, id) = requested(&server.settings(&protected)).await;
        remind(&gateway, &id).await;
        logged(
            &gateway,
            "no encrypted connection to a mail server that is vouched for",
        )
        .await;
        assert!(server.attempts.try_recv().is_err(), "it trusted a stranger");

        let ca_file = server.dir.path().join("ca.pem");
        let trusting = format!("{protected}ca_file = \"{}\"\n", ca_file.display());
        let (gateway, id) = requested(&server.settings(&trusting)).await;
        remind(&gateway, &id).await;
        let mail = server.attempt();
        assert_eq!(mail["envelope_to"], json!([ADDRESS]), "{security}");
        // Python tells of an upgrade; a connection that was encrypted from the beginning is nothing else.
        assert!(mail["encrypted"] == true || security == "tls");
        names_nobody(&gateway);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_in_the_clear_where_encryption_is_wanted() {
    let Some(python) = python::ready() else {
        return;
    };
    let server = MailServer::start(python, &["accept"], &[]);
    let (gateway, id) = requested(&server.settings("security = \"starttls\"\n")).await;
    remind(&gateway, &id).await;
    while !gateway
        .log()
        .contains("the mail server cannot do what is needed")
    {
        pause().await;
    }
    assert!(
        server.attempts.try_recv().is_err(),
        "a mail went out in the clear"
    );
    names_nobody(&gateway);
}

#[test]
fn a_text_of_ones_own_that_cannot_be_used_is_named_by_the_check() {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("mail");
    std::fs::create_dir(&texts).unwrap();
    let config = format!(
        "{}\n[mail]\nhost = \"mail.example\"\nfrom = \"verify@app.example\"\ntemplates = \"mail\"\n\
         verification_url = \"https://app.example/verify/{{request_id}}\"\n",
        super::gateway::RECEIVER
    );
    std::fs::write(dir.path().join("idv.toml"), config).unwrap();
    let check = |name: &str, text: &str| {
        std::fs::write(texts.join(name), text).unwrap();
        let checked = super::program::run(dir.path(), &["config", "check"]);
        std::fs::remove_file(texts.join(name)).unwrap();
        (checked.code, checked.stderr)
    };
    let good = "Subject: Go on\n\nDear {{given_name|customer}}, see {{verification_url}}\n";
    let (code, complaint) = check("reminder.txt", good);
    assert_eq!(code, 0, "{complaint}");
    for (name, text, what) in [
        (
            "reminder.html",
            "{{surname}} {{verification_url}}",
            "{{surname}}",
        ),
        ("recreated.txt", "Hello", "Subject:"),
        ("reminder.text", good, "reminder.text"),
        ("recreated.html", "<p>Hello</p>", "{{verification_url}}"),
    ] {
        let (code, complaint) = check(name, text);
        assert_eq!(code, 2, "{name}: {complaint}");
        assert!(complaint.contains("mail.templates"), "{complaint}");
        assert!(
            complaint.contains(name) && complaint.contains(what),
            "{complaint}"
        );
    }
}
