//! A client that a public generator made from the document drives a request from its making to its pass.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use super::api::over;
use super::company::told;
use super::{document, python};

const DRIVER: &str = include_str!("python/drive_client.py");

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_client_drives_a_request_from_create_to_pass() {
    let Some(python) = python::ready() else {
        return;
    };
    let (gateway, vendor) = over().await;
    let dir = tempfile::tempdir().unwrap();
    let document = &document::Document::of_the_program().text;
    fs::write(dir.path().join("openapi.json"), document).unwrap();
    fs::write(dir.path().join("drive.py"), DRIVER).unwrap();
    let generated = python.run(
        dir.path(),
        &[
            "-m",
            "openapi_python_client",
            "generate",
            "--path",
            "openapi.json",
            "--output-path",
            "client",
            "--fail-on-warning",
        ],
    );
    assert!(generated.status.success(), "{generated:?}");

    let mut driver = python
        .command(dir.path())
        .args(["drive.py", &gateway.base])
        .env("IDV_API_KEY", gateway.key())
        .env("PYTHONPATH", dir.path().join("client"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(driver.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    if line.trim() == "waiting for the vendor" {
        vendor.verify(&vendor.sessions_of("user-1")[0].0);
        told(&vendor).await;
        gateway.settled_inbox().await;
        driver.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    }
    let ended = driver.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{line}{complaint}");
    line.clear();
    said.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "passed", "{complaint}");
    assert_eq!(vendor.sessions_of("user-1").len(), 1);
}
