//! The webhooks of a recording, sent.

use std::time::Duration;

use http::{HeaderValue, Method, Request};
use idv_core::{Call, Clock, Repeat, Transport};

use crate::recording::Recording;

/// By which time webhooks are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Now: a receiver with a clock of its own believes them.
    Now,
    /// When they were recorded: for a receiver whose clock stands there.
    AsRecorded,
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The number of the webhook among those of the recording, from 1.
    pub number: usize,
    /// The status it was answered with; none if there was no answer.
    pub status: Option<u16>,
}

/// Sends the webhooks of a recording to an address, in order and one after the other, and reports each.
pub async fn send_webhooks(
    recording: &Recording,
    to: &http::Uri,
    transport: &dyn Transport,
    signed: Signed,
    clock: &dyn Clock,
    mut report: impl FnMut(Sent),
) {
    for (index, webhook) in recording.webhooks().iter().enumerate() {
        let mut request = Request::new(webhook.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = to.clone();
        *request.headers_mut() = webhook.headers.clone();
        if signed == Signed::Now
            && let Ok((name, value)) = recording
                .keys()
                .sign(&webhook.body, clock.now().as_unix_secs())
            && let Ok(value) = HeaderValue::try_from(value)
        {
            request.headers_mut().insert(name, value);
        }
        request.extensions_mut().insert(Call {
            operation: "replay_webhook",
            repeat: Repeat::Never,
            deadline: Duration::from_secs(30),
        });
        let answer = transport.send(request).await;
        report(Sent {
            number: index + 1,
            status: answer.ok().map(|answer| answer.status().as_u16()),
        });
    }
}
