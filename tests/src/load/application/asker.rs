//! The application asks for verifications, until it is answered: the same question each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fastrand::Rng;
use idv_simulator::VendorKind;
use reqwest::Client;
use serde_json::json;
use tokio::task::JoinSet;

use crate::load::fleet::Fleet;
use crate::load::network::pause;
use crate::load::vendors::account;

/// So many questions are open at the same time.
const AT_ONCE: usize = 4;

/// Whoever asks.
pub(crate) struct Asker {
    fleet: Arc<Fleet>,
    client: Client,
    key: String,
    /// How many questions there are, and how many were put.
    total: usize,
    begun: AtomicUsize,
    answered: AtomicUsize,
    /// How often one had to be put again.
    repeated: AtomicUsize,
    /// Whether all of them are answered.
    pub(crate) is_done: Arc<AtomicBool>,
}

impl Asker {
    pub(crate) fn new(fleet: Arc<Fleet>, client: Client, key: String, total: usize) -> Arc<Self> {
        Arc::new(Self {
            fleet,
            client,
            key,
            total,
            begun: AtomicUsize::new(0),
            answered: AtomicUsize::new(0),
            repeated: AtomicUsize::new(0),
            is_done: Arc::default(),
        })
    }

    /// The subjects that were asked about.
    pub(crate) fn subjects(&self) -> Vec<String> {
        (0..self.total).map(subject).collect()
    }

    pub(crate) fn repeated(&self) -> usize {
        self.repeated.load(Ordering::SeqCst)
    }

    /// Asks about everybody. `may_go_on`: how many may be asked about by now.
    pub(crate) async fn run(
        self: Arc<Self>,
        mut rng: Rng,
        may_go_on: impl Fn() -> usize + Clone + Send + 'static,
    ) {
        let mut asking = JoinSet::new();
        for _ in 0..AT_ONCE.min(self.total) {
            let (asker, mut rng, may_go_on) = (Arc::clone(&self), rng.fork(), may_go_on.clone());
            asking.spawn(async move {
                loop {
                    let number = asker.begun.fetch_add(1, Ordering::SeqCst);
                    if number >= asker.total {
                        return;
                    }
                    while may_go_on() < number {
                        pause(10).await;
                    }
                    asker.ask(number, &mut rng).await;
                    asker.answered.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        while let Some(ended) = asking.join_next().await {
            ended.unwrap();
        }
        self.is_done.store(true, Ordering::SeqCst);
    }

    async fn ask(&self, number: usize, rng: &mut Rng) {
        let (subject, vendor) = (subject(number), VendorKind::ALL[number % 3]);
        let question = json!({
            "subject": subject, "account": account(vendor),
            "person": {
                "given_name": "Sjoukje", "family_name": "Voorbeeld", "birthdate": "1988-02-29",
                "email": format!("{subject}@app.example"),
            },
        });
        let question = question.to_string();
        loop {
            let replica = rng.usize(0..self.fleet.size());
            let answer = self
                .client
                .post(format!(
                    "{}/v1/verification-requests",
                    self.fleet.base_url(replica)
                ))
                .bearer_auth(&self.key)
                .header("content-type", "application/json")
                .header("idempotency-key", &subject)
                .body(question.clone())
                .send()
                .await;
            if let Ok(answer) = answer {
                let status = answer.status().as_u16();
                let body = answer.text().await.unwrap_or_default();
                match status {
                    200 | 201 => return,
                    // Nobody knows yet, or the same question is being answered.
                    409 | 429 | 500.. => {}
                    _ => panic!("{subject} cannot be asked about: {status} {body}"),
                }
            }
            self.repeated.fetch_add(1, Ordering::SeqCst);
            pause(rng.u64(20..100)).await;
        }
    }
}

fn subject(number: usize) -> String {
    format!("asked-about-{number}")
}
