//! The accept loop.
//!
//! Whatever a client does slowly has a limit of its own: the head of a request and the silence before it, the body,
//! the work on it, and taking the answer. One party gets no more than its share of the connections.
//!
//! Our own, because `axum::serve` 0.8 has no timeout for the head of a request: a client that sends half a head
//! keeps its connection for ever and holds up every graceful stop. Seen with axum 0.8.9 on 2026-11-20.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::patient_io::PatientIo;
use super::places::{Place, Places};
use crate::config::ServerSettings;

/// Who is at the other end of the connection. Among a request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// How the server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Every connection was finished.
    Completely,
    /// The time was up and connections were cut off.
    CutOff,
}

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The pause after the system could not give us a connection, usually for lack of file descriptors. Trying again at
/// once would only keep the processor busy.
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// Serves until `stop`, then finishes what is under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &ServerSettings,
    stop: CancellationToken,
) -> Drained {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(MAX_HEAD_BYTES);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(settings.max_connections));
    let places = Places::new(
        settings.max_connections_per_peer,
        settings.client_address.clone(),
    );

    loop {
        // The slot comes first: whoever is not accepted yet waits in the system's queue and costs us nothing.
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let (tcp, peer, slot) = match accepted {
            Ok(Some(accepted)) => accepted,
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                pause().await;
                continue;
            }
        };
        let Some(place) = places.enter(peer.ip()) else {
            tracing::debug!("a peer has too many connections: closed the newest");
            continue;
        };
        // Answers are small and complete; waiting to fill a packet only adds latency.
        let _ = tcp.set_nodelay(true);
        let service = router
            .clone()
            .map_request(move |mut request: http::Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request.map(axum::body::Body::new)
            });
        let connection = builder
            .serve_connection(
                TokioIo::new(PatientIo::new(tcp, settings.write_timeout)),
                TowerToHyperService::new(service),
            )
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away in the middle is the client's affair.
            let _ = connection.await;
            let _: (OwnedSemaphorePermit, Place) = (slot, place);
        });
    }

    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => Drained::Completely,
        () = deadline(settings.shutdown_grace) => Drained::CutOff,
    }
}

type Accepted = (tokio::net::TcpStream, SocketAddr, OwnedSemaphorePermit);

/// None if the semaphore was closed, which nobody does.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<Option<Accepted>> {
    let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
        return Ok(None);
    };
    let (tcp, peer) = listener.accept().await?;
    Ok(Some((tcp, peer, slot)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for: the system does not say when a descriptor is free"
)]
async fn pause() {
    tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the deadline beside which the event is awaited"
)]
async fn deadline(after: Duration) {
    tokio::time::sleep(after).await;
}

#[cfg(test)]
mod tests;
