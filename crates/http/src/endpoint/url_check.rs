//! Which URLs an endpoint may have: what can be said without the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::EndpointPolicy;

/// The longest URL of an endpoint, in bytes.
pub const MAX_ENDPOINT_URL_BYTES: usize = 2048;

/// Why a URL cannot be that of an endpoint, with the remedy. Quotes nothing of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointUrlProblem {
    /// It cannot be read.
    #[error("it is not a URL: give one such as https://app.example.com/identity-events")]
    NotAUrl,
    /// It is too long.
    #[error("it is longer than 2048 bytes: shorten it")]
    TooLong,
    /// It begins with `http:`, and that is not allowed.
    #[error(
        "it is not encrypted: begin it with https:, or have the operator set endpoints.allow_http"
    )]
    NotEncrypted,
    /// It begins with something else.
    #[error("it is of a scheme that cannot be called: begin it with https:")]
    Scheme,
    /// It holds a user name or a password.
    #[error(
        "it holds a user name or a password: leave them out; deliveries are signed, and a custom header can carry a token"
    )]
    Credentials,
    /// It has a part behind `#`.
    #[error("it has a part behind #, which is never sent: leave it out")]
    Fragment,
    /// It names port 0.
    #[error("it names port 0, on which nobody listens: give the port of the server, or none")]
    Port,
    /// It names an address that must not be called.
    #[error(
        "its address is not one of the public internet: give a public one, or have the operator add its network to \
         endpoints.allowed_networks"
    )]
    RefusedAddress,
}

impl EndpointUrlProblem {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::NotAUrl => "not_a_url",
            Self::TooLong => "too_long",
            Self::NotEncrypted => "not_encrypted",
            Self::Scheme => "scheme",
            Self::Credentials => "credentials",
            Self::Fragment => "fragment",
            Self::Port => "port",
            Self::RefusedAddress => "refused_address",
        }
    }
}

/// Reads the URL of an endpoint and checks all that can be checked without the network. The addresses behind a name
/// are checked whenever it is called: see [`EndpointTransport`](super::EndpointTransport).
///
/// # Errors
/// What is wrong with it.
pub fn check_endpoint_url(text: &str, policy: &EndpointPolicy) -> Result<Url, EndpointUrlProblem> {
    if text.len() > MAX_ENDPOINT_URL_BYTES {
        return Err(EndpointUrlProblem::TooLong);
    }
    // The reader of URLs drops line breaks and tabs in silence; what is stored must be what was meant.
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(EndpointUrlProblem::NotAUrl);
    }
    let url = Url::parse(text).map_err(|_| EndpointUrlProblem::NotAUrl)?;
    match url.scheme() {
        "https" => {}
        "http" if policy.allow_http => {}
        "http" => return Err(EndpointUrlProblem::NotEncrypted),
        _ => return Err(EndpointUrlProblem::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointUrlProblem::Credentials);
    }
    if url.fragment().is_some() {
        return Err(EndpointUrlProblem::Fragment);
    }
    if url.port() == Some(0) {
        return Err(EndpointUrlProblem::Port);
    }
    if may_be_called(&url, policy) {
        Ok(url)
    } else {
        Err(EndpointUrlProblem::RefusedAddress)
    }
}

/// False if the URL itself names an address that must not be called, in whichever spelling. A name may still lead to
/// one.
pub(crate) fn may_be_called(url: &Url, policy: &EndpointPolicy) -> bool {
    // An address in decimal, octal, hexadecimal, with parts left out or a dot behind it arrives here as an address.
    match url.host() {
        Some(Host::Ipv4(ip)) => policy.allows(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => policy.allows(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_this_machine = name.eq_ignore_ascii_case("localhost")
                || name.to_ascii_lowercase().ends_with(".localhost");
            !name.is_empty()
                && (!is_this_machine
                    || policy.allows(IpAddr::V4(Ipv4Addr::LOCALHOST))
                    || policy.allows(IpAddr::V6(Ipv6Addr::LOCALHOST)))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_address_that_must_not_be_called_is_seen() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0x7F.0x0.0x0.0x1",
            "0177.0.0.1",
            "017700000001",
            "0",
            "0.0.0.0",
            "00.00.00.00",
            "0xa9.0xfe.0xa9.0xfe",
            "2852039166",
            "169.254.169.254",
            "１２７.0.0.1",
            "127。0。0。1",
            "%31%32%37.0.0.1",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::a00:1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "10.0.0.1:8443",
        ] {
            let problem =
                check_endpoint_url(&format!("https://{host}/x"), &EndpointPolicy::default());
            assert_eq!(problem, Err(EndpointUrlProblem::RefusedAddress), "{host}");
        }
    }

    #[test]
    fn each_problem_has_its_own_sentence_and_remedy() {
        use EndpointUrlProblem as Problem;
        let long = format!("https://a.example/{}", "x".repeat(MAX_ENDPOINT_URL_BYTES));
        for (text, problem) in [
            ("", Problem::NotAUrl),
            ("app.example.com/events", Problem::NotAUrl),
            ("https://", Problem::NotAUrl),
            ("https://a.example/\nx", Problem::NotAUrl),
            (" https://a.example/", Problem::NotAUrl),
            ("https://[fe80::1%25eth0]/", Problem::NotAUrl),
            ("https://256.1.1.1/", Problem::NotAUrl),
            (&long, Problem::TooLong),
            ("http://a.example/", Problem::NotEncrypted),
            ("file:///etc/passwd", Problem::Scheme),
            ("gopher://a.example/", Problem::Scheme),
            ("https://user@a.example/", Problem::Credentials),
            ("https://:secret@a.example/", Problem::Credentials),
            ("https://a.example/#x", Problem::Fragment),
            ("https://a.example:0/", Problem::Port),
        ] {
            let found = check_endpoint_url(text, &EndpointPolicy::default());
            assert_eq!(found, Err(problem), "{text}");
            assert!(problem.to_string().contains(": "), "{problem}");
        }
    }

    #[test]
    fn what_is_allowed_is_taken_as_it_is() {
        let mut policy = EndpointPolicy::default();
        for text in [
            "https://a.example/x?y=z",
            "https://8.8.8.8:8443/",
            "https://bücher.example/",
        ] {
            assert!(check_endpoint_url(text, &policy).is_ok(), "{text}");
        }
        policy.allow_http = true;
        policy.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
        for text in [
            "http://127.0.0.1:9000/x",
            "http://localhost/",
            "http://2130706433/",
        ] {
            assert!(check_endpoint_url(text, &policy).is_ok(), "{text}");
        }
        assert!(check_endpoint_url("http://10.0.0.1/", &policy).is_err());
    }
}
