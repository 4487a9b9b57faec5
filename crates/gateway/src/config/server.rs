//! The HTTP server: `[server]`.

use std::net::SocketAddr;
use std::time::Duration;

use http::HeaderName;

use super::networks;
use super::section::{Complaints, Section};
use super::settings::HOUR_SECS;
pub use crate::server::ClientAddress;

/// The HTTP server.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address under which vendors reach the server, without a slash at the end.
    pub public_url: Option<String>,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How long the head of a request may take, and how long an idle connection is kept.
    pub header_timeout: Duration,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write_timeout: Duration,
    /// Bytes of all request bodies in memory at the same time.
    pub max_bodies_bytes: usize,
    /// Connections at the same time.
    pub max_connections: usize,
    /// Connections of one party at the same time, the trusted proxies aside. None: no limit of its own.
    pub max_connections_per_peer: Option<usize>,
    /// How the address of a client behind proxies is found.
    pub client_address: ClientAddress,
    /// Unproven webhooks of one sender within a minute before it is asked to wait.
    pub refusals_per_minute: u32,
    /// How long the server says that it is leaving before it stops listening.
    pub shutdown_delay: Duration,
    /// How long requests under way may take to finish then.
    pub shutdown_grace: Duration,
}

/// Reads `[server]`.
pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Option<ServerSettings> {
    let expected = "an address and a port, such as \"127.0.0.1:8080\"";
    let listen = section.text("listen", expected, complaints);
    let listen = listen.and_then(|found| match found.value.trim().parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let name = section.name_of("listen");
            complaints.add(
                &found.origin,
                &name,
                "is not an address with a port",
                &format!("give {expected}"),
            );
            None
        }
    });
    let expected = "a URL without a path, such as \"https://idv.example.com\"";
    let public_url = section.text("public_url", expected, complaints);
    let public_url = public_url.and_then(|found| match url::Url::parse(found.value.trim()) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.path() == "/"
                && url.query().is_none() =>
        {
            Some(url.as_str().trim_end_matches('/').to_owned())
        }
        _ => {
            let name = section.name_of("public_url");
            complaints.add(
                &found.origin,
                &name,
                "is not such a URL",
                &format!("give {expected}"),
            );
            None
        }
    });
    let max_body_bytes = section.whole(
        "max_body_bytes",
        "bytes",
        1024..=64 * 1024 * 1024,
        complaints,
    );
    let max_bodies_bytes = section.whole(
        "max_bodies_bytes",
        "bytes",
        1024..=64 * 1024 * 1024 * 1024,
        complaints,
    );
    let max_connections = section.whole("max_connections", "connections", 1..=100_000, complaints);
    let max_connections_per_peer = section.whole(
        "max_connections_per_peer",
        "connections",
        0..=100_000,
        complaints,
    );
    let refusals_per_minute = section.whole(
        "refusals_per_minute",
        "unproven webhooks",
        1..=1_000_000,
        complaints,
    );
    let client_address = client_address(&mut section, complaints);
    let mut secs = |key, least| {
        let secs = section.whole(key, "seconds", least..=HOUR_SECS, complaints);
        secs.map(Duration::from_secs)
    };
    let header_timeout = secs("header_timeout_secs", 1);
    let body_timeout = secs("body_timeout_secs", 1);
    let request_timeout = secs("request_timeout_secs", 1);
    let write_timeout = secs("write_timeout_secs", 1);
    let shutdown_delay = secs("shutdown_delay_secs", 0);
    let shutdown_grace = secs("shutdown_grace_secs", 0);
    if let (Some(one), Some(all)) = (max_body_bytes, max_bodies_bytes)
        && all / 2 < one
    {
        complaints.add(
            &section.origin,
            &section.name_of("max_bodies_bytes"),
            "is less than twice max_body_bytes, so the largest webhook never fits",
            "give at least twice as many bytes, better many times as many",
        );
    }
    section.finish(complaints);
    let max_connections_per_peer = usize::try_from(max_connections_per_peer?).ok()?;
    Some(ServerSettings {
        listen: listen?,
        public_url,
        max_body_bytes: usize::try_from(max_body_bytes?).ok()?,
        header_timeout: header_timeout?,
        body_timeout: body_timeout?,
        request_timeout: request_timeout?,
        write_timeout: write_timeout?,
        max_bodies_bytes: usize::try_from(max_bodies_bytes?).ok()?,
        max_connections: usize::try_from(max_connections?).ok()?,
        max_connections_per_peer: Some(max_connections_per_peer).filter(|most| *most > 0),
        client_address: client_address?,
        refusals_per_minute: u32::try_from(refusals_per_minute?).ok()?,
        shutdown_delay: shutdown_delay?,
        shutdown_grace: shutdown_grace?,
    })
}

/// The header is of no use without proxies to believe, and would be the sender's own words.
fn client_address(section: &mut Section, complaints: &mut Complaints) -> Option<ClientAddress> {
    let expected = "the name of a header, such as \"x-forwarded-for\"";
    let header = section.text("client_address_header", expected, complaints);
    let trusted_proxies = networks::read(section, "trusted_proxies", complaints)?;
    let Some(found) = header else {
        return Some(ClientAddress {
            header: None,
            trusted_proxies,
        });
    };
    let name = section.name_of("client_address_header");
    let Ok(header) = found
        .value
        .trim()
        .to_ascii_lowercase()
        .parse::<HeaderName>()
    else {
        let remedy = format!("give {expected}");
        complaints.add(&found.origin, &name, "is no name of a header", &remedy);
        return None;
    };
    if trusted_proxies.is_empty() {
        complaints.add(
            &found.origin,
            &name,
            "is given, and trusted_proxies names nobody who may be believed",
            "list the networks of your proxies in trusted_proxies, or leave both out",
        );
        return None;
    }
    Some(ClientAddress {
        header: Some(header),
        trusted_proxies,
    })
}
