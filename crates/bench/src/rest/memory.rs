//! A server that does nothing, to compare with.

use std::convert::Infallible;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// By which this program is told to be a bare server.
const BARE: &str = "--bare-server";

/// A process of this program that answers every request with nothing, on the same kind of runtime as the gateway and the
/// same HTTP server. Ended when it is dropped.
pub(super) struct Bare {
    child: Child,
}

impl Bare {
    pub(super) fn start() -> Self {
        let this = std::env::current_exe().unwrap();
        let mut child = Command::new(this)
            .arg(BARE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let said = child.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        assert!(line.starts_with("127.0.0.1:"), "{line}");
        Self { child }
    }

    pub(super) fn resident_bytes(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.unwrap().trim().strip_suffix("kB").unwrap().trim();
        kib.parse::<f64>().unwrap() * 1024.0
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process that has just got ready still does by itself is done after this. A plain wait: it gives no signal.
pub(super) async fn settle() {
    tokio::time::sleep(Duration::from_millis(700)).await;
}

/// Is a bare server, if that is what this process was started as; until it is killed then. False if it is not.
///
/// # Panics
/// If no port can be listened on.
#[must_use]
pub fn serve_bare() -> bool {
    if std::env::args().nth(1).as_deref() != Some(BARE) {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        say(&listener.local_addr().unwrap().to_string());
        while let Ok((tcp, _)) = listener.accept().await {
            let service = service_fn(nothing);
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(tcp), service));
        }
    });
    true
}

async fn nothing(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::default())
}

fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}
