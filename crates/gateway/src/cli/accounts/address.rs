//! The address a vendor posts an account's webhooks to.

use std::net::IpAddr;

use idv_core::AccountId;
use url::{Host, Url};

/// The whole address, from the gateway's own or from the whole one.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(super) fn of(given: &str, account: &AccountId) -> Result<Url, String> {
    let own = format!("/webhooks/{account}");
    let example = format!(
        "write the address under which vendors reach this gateway, such as https://idv.example.com, or all of it: https://idv.example.com{own}"
    );
    let wrong = |what: &str| format!("--url {what}: {example}");
    let mut url = Url::parse(given).map_err(|_| wrong("is no URL"))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err(wrong("names no host")),
    };
    match url.scheme() {
        "https" => {}
        "http" if is_here => {}
        "http" => {
            return Err(wrong(
                "is not https, and webhooks are full of personal data",
            ));
        }
        _ => return Err(wrong("is not https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if path.ends_with(&own) {
        url.set_path(&path);
    } else if path.contains("/webhooks/") || path.ends_with("/webhooks") {
        return Err(format!(
            "--url has another path than this account's, which ends with {own}"
        ));
    } else {
        url.set_path(&format!("{path}{own}"));
    }
    Ok(url)
}

/// True if two addresses are the same, however they are written.
pub(super) fn is_same(url: &Url, other: &str) -> bool {
    let trimmed = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    Url::parse(other).is_ok_and(|other| trimmed(url) == trimmed(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_and_the_whole_address_come_to_the_same() {
        let account = AccountId::new("acme-eu");
        for (given, expected) in [
            (
                "https://idv.example.com",
                "https://idv.example.com/webhooks/acme-eu",
            ),
            (
                "https://idv.example.com/",
                "https://idv.example.com/webhooks/acme-eu",
            ),
            (
                "https://IDV.example.com/webhooks/acme-eu/",
                "https://idv.example.com/webhooks/acme-eu",
            ),
            (
                "https://example.com/idv",
                "https://example.com/idv/webhooks/acme-eu",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/webhooks/acme-eu",
            ),
            ("http://[::1]:8080", "http://[::1]:8080/webhooks/acme-eu"),
            ("http://localhost", "http://localhost/webhooks/acme-eu"),
        ] {
            let url = of(given, &account).unwrap();
            assert_eq!(url.as_str(), expected);
            assert!(is_same(&url, &format!("{expected}/")));
        }
    }

    #[test]
    fn what_no_vendor_should_be_given_is_refused_with_the_remedy() {
        let account = AccountId::new("acme-eu");
        for (given, word) in [
            ("idv.example.com", "is no URL"),
            ("http://idv.example.com", "not https"),
            ("http://localhost.example.com", "not https"),
            ("ftp://idv.example.com", "not https"),
            ("https://me:secret@idv.example.com", "a user"),
            ("https://idv.example.com?a=b", "a query"),
            ("https://idv.example.com/#a", "a query or a fragment"),
            ("https://idv.example.com/webhooks/acme-us", "another path"),
            ("https://idv.example.com/webhooks", "another path"),
            (
                "https://idv.example.com/webhooks/acme-eu/more",
                "another path",
            ),
        ] {
            let sentence = of(given, &account).unwrap_err();
            assert!(sentence.contains(word), "{given}: {sentence}");
            assert!(sentence.contains("/webhooks/acme-eu"), "{sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }
}
