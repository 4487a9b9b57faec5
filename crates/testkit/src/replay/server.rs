//! Recorded exchanges behind a real socket on the loopback.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use super::book::Book;
use super::exchange::Exchanges;

/// Serves recorded exchanges over plain HTTP on a port of its own. Each is used once; a request without one gets
/// status 599 and an explanation as its body.
#[derive(Debug)]
pub struct ReplayServer {
    server: MockServer,
    book: Arc<Mutex<Book>>,
}

impl ReplayServer {
    /// Starts a server with these exchanges.
    ///
    /// # Panics
    /// If the loopback gives no port.
    pub async fn start(exchanges: Exchanges) -> Self {
        // A listener of our own: wiremock hands the servers of its pool, ports included, from test to test.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on the loopback");
        let server = MockServer::builder().listener(listener).start().await;
        let book = Arc::new(Mutex::new(Book::new(exchanges)));
        Mock::given(any())
            .respond_with(Answers(book.clone()))
            .mount(&server)
            .await;
        Self { server, book }
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.uri()
    }

    /// # Panics
    /// If a request found no exchange, or an exchange was not asked for.
    pub fn assert_used_up(&self) {
        lock(&self.book).assert_used_up();
    }
}

#[derive(Debug)]
struct Answers(Arc<Mutex<Book>>);

impl Respond for Answers {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let mut asked = http::Request::new(Bytes::from(request.body.clone()));
        *asked.method_mut() = request.method.clone();
        *asked.headers_mut() = request.headers.clone();
        if let Ok(uri) = request.url.as_str().parse() {
            *asked.uri_mut() = uri;
        }
        match lock(&self.0).take(&asked) {
            Ok(answer) => {
                let template =
                    ResponseTemplate::new(answer.status).set_body_bytes(answer.body.to_vec());
                answer
                    .headers
                    .iter()
                    .fold(template, |template, (name, value)| {
                        template.append_header(name.clone(), value.clone())
                    })
            }
            Err(miss) => ResponseTemplate::new(599).set_body_string(miss),
        }
    }
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
