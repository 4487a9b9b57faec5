//! A connection whose other side must take what it is sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Ends a connection on which something has waited to be written for too long without a byte being taken.
///
/// A client that never reads its answer would otherwise keep its connection, and the answer, for ever. The time only
/// runs while something waits: an answer that says something now and then may live as long as it likes.
#[derive(Debug)]
pub(super) struct PatientIo<T> {
    inner: T,
    limit: Duration,
    /// Runs since the other side took something for the last time.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<T> PatientIo<T> {
    pub(super) const fn new(inner: T, limit: Duration) -> Self {
        Self {
            inner,
            limit,
            waiting: None,
        }
    }

    /// What became of a write: it got on, or it waits, or it has waited for too long.
    fn watch<R>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(timer(self.limit)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

fn timer(limit: Duration) -> Sleep {
    tokio::time::sleep_until(Instant::now() + limit)
}

impl<T: AsyncRead + Unpin> AsyncRead for PatientIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for PatientIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.watch(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn who_never_reads_is_left_when_the_time_is_up() {
        let (ours, _theirs) = tokio::io::duplex(4);
        let mut ours = PatientIo::new(ours, LIMIT);
        let began = Instant::now();
        let error = ours.write_all(b"hello").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_is_waited_for_and_silence_costs_nothing() {
        let (ours, mut theirs) = tokio::io::duplex(1);
        let mut ours = PatientIo::new(ours, LIMIT);
        let reading = tokio::spawn(async move {
            let mut text = String::new();
            let mut ticks = tokio::time::interval(LIMIT - Duration::from_secs(1));
            while text.len() < 10 {
                ticks.tick().await;
                text.push(char::from(theirs.read_u8().await.unwrap()));
            }
            text
        });
        ours.write_all(b"hello").await.unwrap();
        tokio::time::advance(LIMIT * 10).await;
        ours.write_all(b"world").await.unwrap();
        assert_eq!(reading.await.unwrap(), "helloworld");
    }
}
