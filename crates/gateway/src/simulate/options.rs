//! Values on the command line that may be meant for one vendor.

use std::net::SocketAddr;

use idv_http::{EndpointPolicy, check_endpoint_url};
use idv_simulator::VendorKind;
use url::Url;

use crate::cli::Failure;

/// A value, for one vendor or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForVendor<T> {
    pub(super) vendor: Option<VendorKind>,
    pub(super) value: T,
}

impl<T> ForVendor<T> {
    pub(super) fn is_for(&self, kind: VendorKind) -> bool {
        self.vendor.is_none_or(|vendor| vendor == kind)
    }
}

/// The vendors that are simulated.
pub(super) struct Scope<'a> {
    kinds: &'a [VendorKind],
}

impl<'a> Scope<'a> {
    pub(super) const fn new(kinds: &'a [VendorKind]) -> Self {
        Self { kinds }
    }

    /// Whether nothing is said about a vendor that is not simulated.
    pub(super) fn check<T>(&self, option: &str, values: &[ForVendor<T>]) -> Result<(), Failure> {
        let vendors = values.iter().filter_map(|value| value.vendor);
        match vendors
            .into_iter()
            .find(|vendor| !self.kinds.contains(vendor))
        {
            None => Ok(()),
            Some(vendor) => Err(Failure::usage(format!(
                "{option} is about {vendor}, which is not simulated: add --vendor {vendor}, or leave it out"
            ))),
        }
    }
}

pub(super) fn read_vendor(text: &str) -> Result<VendorKind, String> {
    VendorKind::of_word(text)
        .ok_or_else(|| format!("there is no stand-in for it: use one of {}", vendors()))
}

pub(super) fn read_address(text: &str) -> Result<ForVendor<SocketAddr>, String> {
    let (vendor, address) = of_one(text, "127.0.0.1:9300")?;
    let value = address.parse().map_err(|_| {
        format!("{address} is no address with a port: write it as {vendor}=127.0.0.1:9300")
    })?;
    Ok(ForVendor {
        vendor: Some(vendor),
        value,
    })
}

pub(super) fn read_scenario(text: &str) -> Result<ForVendor<String>, String> {
    let (vendor, name) = of_one(text, "NAME")?;
    Ok(ForVendor {
        vendor: Some(vendor),
        value: name.to_owned(),
    })
}

pub(super) fn read_url(text: &str) -> Result<ForVendor<Url>, String> {
    // A URL may hold the sign too, but behind a colon.
    let named = text.split_once('=').filter(|(word, _)| !word.contains(':'));
    let (vendor, url) = match named {
        Some((word, url)) => (Some(read_vendor(word)?), url),
        None => (None, text),
    };
    let value = check_endpoint_url(url, &anywhere()).map_err(|problem| problem.to_string())?;
    Ok(ForVendor { vendor, value })
}

/// Where webhooks of a stand-in or of a recording go: anywhere, this machine too.
pub(crate) fn receiver_url(text: &str) -> Result<http::Uri, String> {
    let url = check_endpoint_url(text, &anywhere()).map_err(|problem| problem.to_string())?;
    url.as_str()
        .parse()
        .map_err(|_| "it is no address of a web server".to_owned())
}

pub(super) fn read_probability(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().ok();
    let value = value.filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "give a number from 0 (never) to 1 (always), such as 0.1".to_owned())
}

/// Receivers may be anywhere: who names them here is the one who runs the program.
pub(crate) fn anywhere() -> EndpointPolicy {
    let mut policy = EndpointPolicy::default();
    policy.allow_http = true;
    let all = ["0.0.0.0/0", "::/0"];
    policy.allowed_networks = all.iter().filter_map(|all| all.parse().ok()).collect();
    policy
}

/// The vendor and the rest of `VENDOR=REST`.
fn of_one<'a>(text: &'a str, example: &str) -> Result<(VendorKind, &'a str), String> {
    let (word, rest) = text
        .split_once('=')
        .filter(|(_, rest)| !rest.is_empty())
        .ok_or_else(|| {
            format!(
                "name the vendor too, as VENDOR={example} with one of {}",
                vendors()
            )
        })?;
    Ok((read_vendor(word)?, rest))
}

fn vendors() -> String {
    VendorKind::ALL.map(VendorKind::as_word).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_may_be_for_one_vendor_or_for_all() {
        let one = read_url("plaid=http://localhost:9000/a?b=c").unwrap();
        assert_eq!(one.vendor, Some(VendorKind::Plaid));
        assert_eq!(one.value.as_str(), "http://localhost:9000/a?b=c");
        let all = read_url("https://app.example/hook?vendor=stripe").unwrap();
        assert_eq!(all.vendor, None);
        assert!(VendorKind::ALL.into_iter().all(|kind| all.is_for(kind)));
        assert!(
            read_url("http://10.1.2.3/").is_ok(),
            "private networks are somebody's too"
        );
        assert!(
            read_url("acme=http://localhost/")
                .unwrap_err()
                .contains("use one of stripe, onfido, plaid")
        );
        assert!(read_url("localhost:9000").is_err() && read_url("ftp://a/").is_err());
    }

    #[test]
    fn what_cannot_be_read_is_answered_with_the_remedy() {
        assert!(
            read_address("127.0.0.1:1")
                .unwrap_err()
                .contains("VENDOR=127.0.0.1:9300")
        );
        assert!(
            read_address("stripe=9300")
                .unwrap_err()
                .contains("stripe=127.0.0.1:9300")
        );
        assert!(
            read_scenario("verified")
                .unwrap_err()
                .contains("VENDOR=NAME")
        );
        assert!(read_probability("1.5").is_err() && read_probability("NaN").is_err());
        assert_eq!(read_probability("0.25"), Ok(0.25));
    }

    #[test]
    fn nothing_is_said_about_a_vendor_that_is_not_there() {
        let scope = Scope::new(&[VendorKind::Stripe]);
        let said = |text: &str| scope.check("--scenario", &[read_scenario(text).unwrap()]);
        assert!(said("stripe=verified").is_ok());
        let Err(Failure::Usage(sentence)) = said("onfido=passed") else {
            panic!("it is refused")
        };
        assert!(sentence.contains("add --vendor onfido"), "{sentence}");
    }
}
