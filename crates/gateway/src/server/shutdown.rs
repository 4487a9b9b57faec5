//! Stopping: first say so, then take nothing new, then finish.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// The two moments of a stop. Cloning it gives another handle on the same stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown {
    /// From here on `/readyz` says that we are leaving.
    leaving: CancellationToken,
    /// From here on no connection is accepted.
    stop: CancellationToken,
}

impl Shutdown {
    /// True once the server has begun to leave.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving().is_cancelled()
    }

    /// Cancelled when the server begins to leave. An answer that would go on for ever ends itself then, so that
    /// its client finds another server and nobody has to be cut off.
    pub(crate) fn leaving(&self) -> CancellationToken {
        self.leaving.clone()
    }

    /// Cancelled when no connection is accepted any more.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Says that the server leaves, waits, and stops it.
    pub(crate) async fn begin(&self, delay: Duration) {
        self.leaving.cancel();
        wait(delay).await;
        self.stop.cancel();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the load balancer's notice period is a plain wait"
)]
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

/// How long after the first request to end another one is taken for the same: a terminal and a supervisor may both
/// pass on one Ctrl-C.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// Waits for somebody to ask again, after the first request that has just come. `next`: waits for the next signal.
async fn asked_again(mut next: impl AsyncFnMut()) {
    let first = Instant::now();
    loop {
        next().await;
        if first.elapsed() >= SAME_REQUEST {
            return;
        }
    }
}

/// Hears when somebody asks this process to end: SIGTERM or SIGINT, on other systems Ctrl-C.
///
/// From when it is made, such a signal no longer kills the process; so make it before telling anybody that the
/// process is ready.
#[derive(Debug)]
pub(crate) struct EndSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl EndSignals {
    #[cfg(unix)]
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(not(unix))]
    pub(crate) const fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for one that is not the first one, which has just come, over again.
    pub(crate) async fn again(&mut self) {
        asked_again(async || self.next().await).await;
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_signal_within_a_second_is_the_first_one_over_again() {
        let began = Instant::now();
        let mut heard = 0;
        // Twice at once, and then when the second is over.
        let signals = async || {
            heard += 1;
            if heard > 2 {
                wait(SAME_REQUEST).await;
            }
        };
        asked_again(signals).await;
        assert_eq!(heard, 3);
        assert!(began.elapsed() >= SAME_REQUEST);
    }
}
