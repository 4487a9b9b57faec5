//! A transport in memory that does what a test has written down.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{Call, Sent, Transport, TransportError, TransportFailure};

/// What the transport below does, try by try.
#[derive(Debug)]
pub(crate) enum Act {
    Answer(u16, &'static [(&'static str, &'static str)]),
    Fail(Sent, TransportFailure),
    Hang,
}

#[derive(Debug)]
pub(crate) struct Scripted {
    acts: Mutex<Vec<Act>>,
    seen: Mutex<Vec<(Call, Bytes)>>,
}

impl Scripted {
    pub(crate) fn new(mut acts: Vec<Act>) -> Self {
        acts.reverse();
        Self {
            acts: Mutex::new(acts),
            seen: Mutex::default(),
        }
    }

    pub(crate) fn tries(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Every request with its body.
    pub(crate) fn seen(&self) -> Vec<(Call, Bytes)> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.seen().into_iter().map(|(call, _)| call).collect()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let call = Call::of(&request);
        self.seen.lock().unwrap().push((call, request.into_body()));
        let act = self.acts.lock().unwrap().pop();
        match act.expect("no more tries than the script has") {
            Act::Answer(status, headers) => {
                let mut builder = Response::builder().status(status);
                for (name, value) in headers {
                    builder = builder.header(*name, *value);
                }
                Ok(builder.body(Bytes::new()).unwrap())
            }
            Act::Fail(sent, reason) => Err(TransportError { sent, reason }),
            Act::Hang => std::future::pending().await,
        }
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}
