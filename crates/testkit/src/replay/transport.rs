//! Recorded exchanges as a transport in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use idv_core::{
    Call, EarlierTryUnresolved, HandedOut, Repeat, Sent, Transport, TransportError,
    TransportFailure,
};

use super::book::Book;
use super::exchange::{Answer, Exchanges};

/// Serves recorded exchanges from memory. Each is used once; a request without one fails with a message that says
/// what was asked and how the nearest exchange differs.
pub struct ReplayTransport {
    state: Mutex<State>,
    vendor_knows_keys: bool,
}

struct State {
    book: Book,
    asked: Vec<Asked>,
    answered: Vec<(Asked, Answer)>,
    injections: BTreeMap<usize, Injection>,
}

/// A request as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its address.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub body: Bytes,
    /// What it said about itself.
    pub call: Call,
    /// Whether it was marked as going to an address that the vendor has handed out.
    pub is_handed_out: bool,
}

/// Something that goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Injection {
    /// Nothing is done and there is no answer.
    NotSent(TransportFailure),
    /// The vendor does what it is asked to, its exchange is used up, and the answer is lost.
    AnswerLost(TransportFailure),
    /// Nothing is done, and this is the answer.
    Instead(Answer),
    /// Nothing is done, and this is the answer to the last of several tries; an earlier one may have been carried out.
    InsteadAfterAnotherTry(Answer),
    /// The vendor does what it is asked to, its exchange is used up, and this is the answer.
    Afterwards(Answer),
}

/// It ends up inside providers, whose `Debug` must show nothing of a request or an answer.
impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplayTransport(..)")
    }
}

impl ReplayTransport {
    /// Over these exchanges.
    #[must_use]
    pub fn new(exchanges: Exchanges) -> Arc<Self> {
        Self::with(exchanges, false)
    }

    /// The same, for a vendor that recognises repetitions: a request that is marked [`Repeat::Keyed`] and equal to an
    /// earlier one in every byte gets the earlier answer again. One that differs in a byte does not.
    #[must_use]
    pub fn of_a_vendor_that_knows_keys(exchanges: Exchanges) -> Arc<Self> {
        Self::with(exchanges, true)
    }

    /// A vendor that is never called: any request is a miss.
    #[must_use]
    pub fn silent() -> Arc<Self> {
        Self::new(Exchanges::of("no exchanges", Vec::new()))
    }

    fn with(exchanges: Exchanges, vendor_knows_keys: bool) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                book: Book::new(exchanges),
                asked: Vec::new(),
                answered: Vec::new(),
                injections: BTreeMap::new(),
            }),
            vendor_knows_keys,
        })
    }

    /// Makes the request with this number, counted from 1, go wrong.
    pub fn inject(&self, request_number: usize, injection: Injection) {
        self.state().injections.insert(request_number, injection);
    }

    /// What was asked so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The requests that no exchange answered, explained.
    #[must_use]
    pub fn misses(&self) -> Vec<String> {
        self.state().book.misses().to_vec()
    }

    /// # Panics
    /// If a request found no exchange; says which and why.
    pub fn assert_no_misses(&self) {
        let misses = self.misses();
        assert!(misses.is_empty(), "{}", misses.join("\n"));
    }

    /// # Panics
    /// If a request found no exchange, or an exchange was not asked for.
    pub fn assert_used_up(&self) {
        self.state().book.assert_used_up();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for ReplayTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut state = self.state();
        let asked = Asked::of(&request);
        state.asked.push(asked.clone());
        let number = state.asked.len();
        let failure = |sent, reason| Err(TransportError { sent, reason });

        match state.injections.remove(&number) {
            None => state
                .answer(&request, &asked, self.vendor_knows_keys)
                .map(|answer| answer.to_response()),
            Some(Injection::NotSent(reason)) => failure(Sent::No, reason),
            Some(Injection::Instead(answer)) => Ok(answer.to_response()),
            Some(Injection::InsteadAfterAnotherTry(answer)) => {
                let mut response = answer.to_response();
                response.extensions_mut().insert(EarlierTryUnresolved);
                Ok(response)
            }
            Some(Injection::AnswerLost(reason)) => {
                state.answer(&request, &asked, self.vendor_knows_keys)?;
                failure(Sent::Unknown, reason)
            }
            Some(Injection::Afterwards(answer)) => {
                state.answer(&request, &asked, self.vendor_knows_keys)?;
                Ok(answer.to_response())
            }
        }
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

impl State {
    fn answer(
        &mut self,
        request: &Request<Bytes>,
        asked: &Asked,
        vendor_knows_keys: bool,
    ) -> Result<Answer, TransportError> {
        if vendor_knows_keys && asked.call.repeat == Repeat::Keyed {
            let earlier = self.answered.iter().find(|(earlier, _)| earlier == asked);
            if let Some((_, answer)) = earlier {
                return Ok(answer.clone());
            }
        }
        match self.book.take(request) {
            Ok(answer) => {
                self.answered.push((asked.clone(), answer.clone()));
                Ok(answer)
            }
            Err(miss) => Err(TransportError {
                sent: Sent::No,
                reason: TransportFailure::NotRecorded(miss),
            }),
        }
    }
}

impl Asked {
    fn of(request: &Request<Bytes>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            call: Call::of(request),
            is_handed_out: request.extensions().get::<HandedOut>().is_some(),
        }
    }

    /// The request again, without its body's meaning being touched.
    #[must_use]
    pub fn to_request(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request.extensions_mut().insert(self.call);
        if self.is_handed_out {
            request.extensions_mut().insert(HandedOut);
        }
        request
    }
}
