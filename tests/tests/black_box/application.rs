//! An application's endpoint: a server of its own that takes events in, answers as it is told, and remembers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::gateway::pause;

/// `[endpoints]` that lets a gateway call applications on this machine.
pub(crate) const ON_THIS_MACHINE: &str =
    "[endpoints]\nallow_http = true\nallowed_networks = [\"127.0.0.1\"]\n";

/// One event as it came.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// In lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

#[derive(Default)]
struct State {
    told: Vec<Told>,
    answers: VecDeque<String>,
}

/// The application.
pub(crate) struct Application {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Application {
    /// It answers 200, but first these, one after the other: the rest of the head behind `HTTP/1.1 `, such as `410 Gone`.
    pub(crate) async fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::listening(listener, answers)
    }

    /// At this address, if nobody else is there.
    pub(crate) async fn at(address: &str) -> std::io::Result<Self> {
        Ok(Self::listening(TcpListener::bind(address).await?, &[]))
    }

    fn listening(listener: TcpListener, answers: &[&str]) -> Self {
        let url = format!("http://{}/hear", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            told: Vec::new(),
            answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    pub(crate) async fn start() -> Self {
        Self::answering(&[]).await
    }

    /// What it was told until now, in the order in which it came.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.state.lock().unwrap().told.clone()
    }

    /// Waits until it was told so many times.
    pub(crate) async fn hears(&self, times: usize) -> Vec<Told> {
        for _ in 0..1200 {
            let told = self.told();
            if told.len() >= times {
                return told;
            }
            pause().await;
        }
        panic!("it heard {} times, not {times}", self.told().len());
    }
}

/// Serves one connection until the other side closes it.
async fn serve(mut connection: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = connection.split();
    let mut read = BufReader::new(read);
    while let Some(told) = receive(&mut read).await {
        let answer = {
            let mut state = state.lock().unwrap();
            state.told.push(told);
            state.answers.pop_front()
        };
        let answer = answer.unwrap_or_else(|| "200 OK".to_owned());
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 4\r\n\r\nsaid");
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn receive(read: &mut BufReader<tokio::net::tcp::ReadHalf<'_>>) -> Option<Told> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(read.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let headers: BTreeMap<_, _> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers["content-length"].parse().unwrap();
    let mut body = vec![0; length];
    read.read_exact(&mut body).await.ok()?;
    Some(Told {
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
