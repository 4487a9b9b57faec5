//! How much, on what, and how rough.

use super::fleet::{DatabaseKind, Program};

/// What a run does.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The gateway.
    pub program: Program,
    /// What it keeps its data in.
    pub database: DatabaseKind,
    /// How many processes there are.
    pub replicas: usize,
    /// How many webhooks are taken in, duplicates included; a few more may be.
    pub webhooks: usize,
    /// How often a process is killed while they are sent. While the inbox drains it goes on, a tenth as often.
    pub kills: usize,
    /// Whether the vendors are down while they are sent.
    pub vendor_down: bool,
    /// How often the gateways may call each vendor per second, all of them together.
    pub calls_per_sec: usize,
    /// From which everything random is drawn.
    pub seed: u64,
}

impl Settings {
    /// How many requests the application makes. For all other sessions requests are made once they are heard of.
    pub(super) fn requests(&self) -> usize {
        (self.webhooks / 60).max(6)
    }

    /// How many webhooks are on their way at the most while more sessions begin. With the vendors down, those that need
    /// them would be in the way of all others.
    pub(super) fn window(&self) -> usize {
        if self.vendor_down {
            return usize::MAX;
        }
        (self.webhooks / 20).clamp(20, 2_000)
    }

    /// In how many sessions something goes on at the same time.
    pub(super) fn sessions_at_once(&self) -> usize {
        (self.webhooks / 25).clamp(12, 600)
    }

    /// How many webhooks are on the network at the same time.
    pub(super) const fn posts_at_once(&self) -> usize {
        64
    }

    /// How often a process is killed while the inbox drains.
    pub(super) const fn kills_while_draining(&self) -> usize {
        self.kills.div_ceil(10)
    }

    /// The gateway's configuration, beside its accounts and where it listens and stores.
    pub(super) fn tables(&self) -> String {
        "[log]\nformat = \"json\"\nfilter = \"warn\"\n\
         [engine]\nworkers = 8\nlease_secs = 5\nretry_base_secs = 1\nretry_cap_secs = 4\nmax_attempts = 1000\n\
         poll_interval_millis = 20\n\
         [endpoints]\nallow_http = true\nallowed_networks = [\"127.0.0.0/8\"]\n\
         [outbound]\nproxy_from_environment = false\n"
            .to_owned()
    }
}
