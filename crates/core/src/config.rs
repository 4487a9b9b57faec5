//! What the settings of every provider have in common.

use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;

/// A setting that cannot be used. Holds no credential and no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} {problem}; {remedy}")]
pub struct ConfigError {
    /// The key.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Where a vendor's API is, without a slash at the end: `https`, or `http` on the loopback address for a simulator.
///
/// ```
/// use idv_core::BaseUrl;
/// let url = BaseUrl::try_from("https://api.example.com/".to_owned())?;
/// assert_eq!(url.as_str(), "https://api.example.com");
/// assert!(BaseUrl::try_from("http://api.example.com".to_owned()).is_err());
/// # Ok::<(), idv_core::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(String);

impl BaseUrl {
    /// A vendor's own host, over TLS.
    #[must_use]
    pub fn of_host(host: &'static str) -> Self {
        Self(format!("https://{host}"))
    }

    /// The address, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if it is on this machine: a simulator.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let url: Option<http::Uri> = self.0.parse().ok();
        url.as_ref()
            .and_then(http::Uri::host)
            .is_some_and(is_loopback_host)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = ConfigError;

    fn try_from(text: String) -> Result<Self, ConfigError> {
        let refuse = |problem| ConfigError {
            key: "api_base_url",
            problem,
            remedy: "leave it out for the vendor's own address",
        };
        if text.contains(['?', '#']) {
            return Err(refuse("holds a query or a fragment"));
        }
        let url: http::Uri = text.parse().map_err(|_| refuse("is no URL"))?;
        let scheme = url.scheme_str().ok_or_else(|| refuse("is no URL"))?;
        let host = url
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| refuse("names no host"))?;
        if url
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(refuse("holds a password"));
        }
        match scheme {
            "https" => {}
            "http" if is_loopback_host(host) => {}
            // The API key would travel in the clear.
            _ => return Err(refuse("is neither https nor http on the loopback address")),
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// True if this host, as it stands in a URL, is the machine itself.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || ip.is_some_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn an_api_is_reached_over_tls_or_on_the_loopback_address() {
        for (text, kept) in [
            ("https://api.example.com", "https://api.example.com"),
            ("https://api.example.com/v1/", "https://api.example.com/v1"),
            (
                "https://api.example.com:8443",
                "https://api.example.com:8443",
            ),
            ("http://127.0.0.1:4010/", "http://127.0.0.1:4010"),
            ("http://[::1]:4010", "http://[::1]:4010"),
            ("http://localhost:4010", "http://localhost:4010"),
        ] {
            assert_eq!(BaseUrl::try_from(text.to_owned()).unwrap().as_str(), kept);
        }
        for text in [
            "",
            "api.example.com",
            "/v1",
            "http://api.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@api.example.com",
            "file:///etc",
            "ftp://api.example.com",
            "https://",
            "https://user:password@api.example.com",
            "https://api.example.com?x=y",
            "https://api.example.com#x",
            "https://api example.com",
        ] {
            assert!(BaseUrl::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
