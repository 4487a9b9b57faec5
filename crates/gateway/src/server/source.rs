//! Who is at the other end, as far as it can be believed.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName};
use idv_http::IpNet;

/// One party for counting: an IPv4 address, or an IPv6 network of 64 bits, which is what one party gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

/// How a client's address is found where proxies stand in front of the server.
#[derive(Clone, Debug, Default)]
pub struct ClientAddress {
    /// The header to which every proxy appends the address it was called from, such as `x-forwarded-for`.
    pub header: Option<HeaderName>,
    /// The proxies. What anybody else writes into the header is not believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl ClientAddress {
    /// Whether this is the address of one of the proxies.
    pub(crate) fn is_proxy(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.trusted_proxies.iter().any(|net| net.contains(&ip))
    }

    /// The client: the right-most address that is not one of a proxy. An entry to its left may be the client's own
    /// invention.
    pub(crate) fn of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let Some(header) = &self.header else {
            return peer;
        };
        let mut nearest = peer;
        let values = headers.get_all(header).iter().collect::<Vec<_>>();
        let entries = values
            .into_iter()
            .rev()
            .flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
        for entry in entries {
            if !self.is_proxy(nearest) {
                break;
            }
            match address(entry.trim()) {
                Some(ip) => nearest = ip,
                None => break,
            }
        }
        nearest
    }
}

/// An address, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let address = ClientAddress {
            header: Some(HeaderName::from_static("x-forwarded-for")),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        };
        let name = HeaderName::from_static("x-forwarded-for");
        let headers = lines
            .iter()
            .map(|line| (name.clone(), line.parse().unwrap()))
            .collect();
        address.of(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_client_is_the_right_most_address_that_is_no_proxy() {
        for (peer, lines, expected) in [
            ("10.0.0.1", &["8.8.8.8"][..], "8.8.8.8"),
            ("10.0.0.1", &["1.1.1.1, 8.8.8.8"], "8.8.8.8"),
            ("10.0.0.1", &["1.1.1.1, 8.8.8.8, 10.0.0.2"], "8.8.8.8"),
            ("10.0.0.1", &["1.1.1.1", "8.8.8.8,10.0.0.2"], "8.8.8.8"),
            ("10.0.0.1", &["8.8.8.8:4711"], "8.8.8.8"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            // Nothing can be learned: the nearest that is known.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["8.8.8.8, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["8.8.8.8, , 10.0.0.2"], "10.0.0.2"),
            // Whoever is no proxy says what he likes.
            ("9.9.9.9", &["8.8.8.8"], "9.9.9.9"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn without_a_header_the_client_is_the_peer() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "8.8.8.8".parse().unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(ClientAddress::default().of(peer, &headers), peer);
    }

    #[test]
    fn one_party_has_one_source_however_many_addresses_it_has() {
        let source = |ip: &str| Source::from(ip.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:8.8.8.8"), source("8.8.8.8"));
    }
}
