//! Configurations: what concerns the network, in and out.
#![cfg(test)]

use std::net::IpAddr;
use std::time::Duration;

use idv_gateway::config::{Loaded, Problems, load};

fn read(text: &str) -> Result<Loaded, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.toml");
    std::fs::write(&file, text).unwrap();
    load(Some(&file), [])
}

#[test]
fn endpoints_are_called_over_https_and_in_public_unless_it_is_written_otherwise() {
    let usual = read("").unwrap().settings.endpoints;
    assert!(!usual.policy.allow_http && usual.policy.allowed_networks.is_empty());
    assert_eq!(usual.timeout, Duration::from_secs(15));
    assert_eq!(usual.connect_timeout, Duration::from_secs(5));

    let text = "[endpoints]\nallow_http = true\nallowed_networks = [\"10.1.0.0/16\", \"127.0.0.1\", \"fd00::/8\"]\n\
                connect_timeout_secs = 2\ntimeout_secs = 3\nca_file = \"ca.pem\"\n";
    let set = read(text).unwrap().settings.endpoints;
    assert!(set.policy.allow_http);
    for (ip, allowed) in [
        ("10.1.9.9", true),
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("fd12::1", true),
        ("10.2.0.1", false),
    ] {
        assert_eq!(set.policy.allows(ip.parse().unwrap()), allowed, "{ip}");
    }
    assert_eq!(set.timeout, Duration::from_secs(3));
    assert_eq!(set.connect_timeout, Duration::from_secs(2));
    assert_eq!(set.ca_file.unwrap().to_str(), Some("ca.pem"));
}

#[test]
fn one_party_gets_half_of_the_connections_unless_it_is_written_otherwise() {
    let usual = read("").unwrap().settings.server;
    assert_eq!(usual.max_connections_per_peer, Some(512));
    assert_eq!(usual.max_connections, 1024);
    let text = "[server]\nmax_connections_per_peer = 0\n";
    let unlimited = read(text).unwrap().settings.server;
    assert_eq!(unlimited.max_connections_per_peer, None);
}

#[test]
fn the_proxies_that_are_believed_are_as_written() {
    let text = "[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\nclient_address_header = \"X-Forwarded-For\"\n";
    let address = read(text).unwrap().settings.server.client_address;
    assert_eq!(address.header.unwrap(), "x-forwarded-for");
    let proxy: IpAddr = "10.0.0.1".parse().unwrap();
    assert!(
        address
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&proxy))
    );
}

#[test]
fn what_cannot_be_used_is_named_with_a_remedy() {
    for (text, told) in [
        (
            "[endpoints]\nallowed_networks = [\"10.1.2.3/8\"]\n",
            "endpoints.allowed_networks[0] has bits set behind its prefix",
        ),
        (
            "[endpoints]\nallowed_networks = [\"10.0.0.0/8\", \"localhost\"]\n",
            "endpoints.allowed_networks[1] is not a network",
        ),
        (
            "[endpoints]\nallow_https = true\n",
            "endpoints.allow_https is not a key known here: did you mean allow_http?",
        ),
        (
            "[server]\nclient_address_header = \"x-forwarded-for\"\n",
            "trusted_proxies names nobody who may be believed",
        ),
        (
            "[server]\nclient_address_header = \"x forwarded\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n",
            "server.client_address_header is no name of a header",
        ),
        (
            "[server]\nmax_bodies_bytes = 2048\n",
            "server.max_bodies_bytes is less than twice max_body_bytes",
        ),
        (
            "[server]\nrefusals_per_minute = 0\n",
            "server.refusals_per_minute is out of bounds",
        ),
    ] {
        let problems = read(text).err().expect("it is broken").to_string();
        assert!(problems.contains(told), "{told}: {problems}");
    }
}
