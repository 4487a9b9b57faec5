use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::Repeat;

/// Answers each request with the next address of a chain, and at its end with a file.
#[derive(Debug)]
struct Chain {
    locations: Mutex<Vec<&'static str>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl Transport for Chain {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        panic!("a file is opened, not read as a whole");
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        self.asked.lock().unwrap().push(request);
        let mut locations = self.locations.lock().unwrap();
        let mut answer = Response::new(BodyStream::from(Bytes::from_static(b"a file")));
        if !locations.is_empty() {
            let location = locations.remove(0);
            *answer.status_mut() = StatusCode::FOUND;
            answer
                .headers_mut()
                .insert(LOCATION, location.parse().unwrap());
        }
        Ok(answer)
    }
}

fn open(
    api: &str,
    address: &str,
    chain: &[&'static str],
) -> (Result<StatusCode, TransportError>, Vec<Request<Bytes>>) {
    let transport = Chain {
        locations: Mutex::new(chain.to_vec()),
        asked: Mutex::default(),
    };
    let api = BaseUrl::try_from(api.to_owned()).unwrap();
    let call = Call {
        operation: "download",
        repeat: Repeat::Safe,
        deadline: Duration::from_secs(1),
    };
    let address = Secret::from(address);
    let opened = open_handed_out(&transport, &api, &address, call);
    let mut opened = Box::pin(opened);
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    let std::task::Poll::Ready(opened) = opened.as_mut().poll(&mut context) else {
        panic!("nothing here waits");
    };
    let opened = opened.map(|answer| answer.status());
    let asked = std::mem::take(&mut *transport.asked.lock().unwrap());
    (opened, asked)
}

const API: &str = "https://api.example.com";

#[test]
fn an_address_is_followed_with_nothing_but_itself() {
    let (opened, asked) = open(
        API,
        "https://files.example.org/a?key=1",
        &["https://cdn.example.net/b", "/c"],
    );
    assert_eq!(opened.unwrap(), StatusCode::OK);
    let addresses: Vec<_> = asked
        .iter()
        .map(|request| request.uri().to_string())
        .collect();
    assert_eq!(
        addresses,
        [
            "https://files.example.org/a?key=1",
            "https://cdn.example.net/b",
            "https://cdn.example.net/c"
        ]
    );
    for request in &asked {
        assert!(request.headers().is_empty(), "{:?}", request.headers());
        assert!(request.extensions().get::<HandedOut>().is_some());
    }
}

#[test]
fn an_address_that_must_not_be_called_is_refused_at_the_beginning_and_on_the_way() {
    for bad in [
        "http://files.example.org/a",
        "https://10.0.0.1/a",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a",
        "https://127.0.0.1/a",
        "https://localhost/a",
        "https://user:password@files.example.org/a",
        "//files.example.org/a",
        "files.example.org/a",
        "ftp://files.example.org/a",
        "",
    ] {
        let (opened, asked) = open(API, bad, &[]);
        assert_eq!(
            opened.unwrap_err().reason,
            TransportFailure::RefusedAddress,
            "{bad:?}"
        );
        assert!(asked.is_empty(), "{bad:?}");
        let (opened, asked) = open(API, "https://files.example.org/a", &[bad]);
        assert_eq!(
            opened.unwrap_err().reason,
            TransportFailure::RefusedAddress,
            "{bad:?}"
        );
        assert_eq!(asked.len(), 1, "{bad:?}");
    }
}

#[test]
fn beside_a_simulator_the_loopback_address_is_taken() {
    let simulator = "http://127.0.0.1:4010";
    assert!(
        open(
            simulator,
            "http://127.0.0.1:4010/a",
            &["http://localhost:4010/b"]
        )
        .0
        .is_ok()
    );
    assert!(open(simulator, "http://10.0.0.1/a", &[]).0.is_err());
    assert!(open(API, "http://127.0.0.1:4010/a", &[]).0.is_err());
}

#[test]
fn a_chain_without_an_end_is_refused() {
    let (opened, asked) = open(
        API,
        "https://files.example.org/a",
        &["https://files.example.org/a"; 50],
    );
    assert_eq!(opened.unwrap_err().reason, TransportFailure::RefusedAddress);
    assert_eq!(asked.len(), 6);
}
