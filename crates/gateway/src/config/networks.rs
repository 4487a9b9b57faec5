//! Lists of networks.

use std::net::IpAddr;

use idv_http::IpNet;

use super::section::{Complaints, Section};

/// Reads a list of networks; an address alone is a network of one. None if any of them cannot be read.
pub(super) fn read(
    section: &mut Section,
    key: &'static str,
    complaints: &mut Complaints,
) -> Option<Vec<IpNet>> {
    let expected = "a list of networks, such as [\"10.0.0.0/8\", \"fd00::/8\"]";
    let count = complaints.count();
    let texts = section.texts(key, expected, complaints);
    let texts = texts.map(|found| found.value).unwrap_or_default();
    let mut networks = Vec::new();
    for (index, found) in texts.iter().enumerate() {
        let text = found.value.trim();
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            // A network with bits behind its prefix is a slip: 10.1.2.3/8 would open much more than it seems to.
            Ok(network) if network.addr() == network.network() => networks.push(network),
            read => {
                let what = match read {
                    Ok(_) => {
                        "has bits set behind its prefix, so it is not clear which network is meant"
                    }
                    Err(_) => "is not a network",
                };
                let name = section.name_of(&format!("{key}[{index}]"));
                complaints.add(&found.origin, &name, what, &format!("give {expected}"));
            }
        }
    }
    (complaints.count() == count).then_some(networks)
}
