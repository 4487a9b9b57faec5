//! Sending at a rate.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::{Requests, Sent};

/// A request with the time at which it is to be sent.
pub(super) struct Paced {
    pub(super) request: Sent,
    pub(super) due_at: Instant,
}

/// Hands each request to the next line when it is due. A thread of its own: tokio's timers know milliseconds only. It is
/// a plain wait for a time, and no waiting for somebody.
pub(super) fn pace(requests: Requests, per_sec: f64, lines: Vec<UnboundedSender<Paced>>) {
    std::thread::spawn(move || {
        let begun = Instant::now();
        for (place, request) in requests.into_iter().enumerate() {
            let due_at = begun + due_after(place, per_sec);
            let left = due_at.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                std::thread::sleep(left);
            }
            // Closed only if that line has panicked, and then everybody hears of it.
            let _ = lines[place % lines.len()].send(Paced { request, due_at });
        }
    });
}

fn due_after(place: usize, per_sec: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "nobody sends that many")]
    Duration::from_secs_f64(place as f64 / per_sec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_one_after_the_other() {
        assert_eq!(due_after(0, 500.0), Duration::ZERO);
        assert_eq!(due_after(1, 500.0), Duration::from_millis(2));
        assert_eq!(due_after(1000, 500.0), Duration::from_secs(2));
    }
}
