//! The way to addresses that a vendor has handed out for one file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT_ENCODING, HeaderValue};
use idv_core::{Call, HandedOut, TransportError, TransportFailure};
use ipnet::IpNet;
use reqwest::dns::{Name, Resolve, Resolving};
use url::{Host, Url};

use crate::client::{HttpSettings, SetupError, not_sent};
use crate::endpoint::resolver::{GuardedResolver, NameResolver};
use crate::endpoint::{EndpointPolicy, may_be_called};

/// True if the address of a request was handed out by the vendor, so that nothing of the vendor's API is called.
pub(crate) fn is_handed_out<B>(request: &Request<B>) -> bool {
    request.extensions().get::<HandedOut>().is_some()
}

/// Opens what vendors hand out. Goes to public addresses, and to this machine only if the address itself names it: that a
/// vendor's API is a simulator here is for whoever hands out the address to know.
#[derive(Debug)]
pub(crate) struct HandedOutClient {
    client: reqwest::Client,
    beside_a_simulator: EndpointPolicy,
}

impl HandedOutClient {
    /// A client with its own connections. No proxy, whatever the environment says: it would find the addresses of names
    /// by itself, and nobody would check them.
    pub(crate) fn new(
        settings: &HttpSettings,
        names: &Arc<dyn NameResolver>,
    ) -> Result<Self, SetupError> {
        let guard = |policy| GuardedResolver {
            inner: Arc::clone(names),
            policy,
        };
        let client = crate::client::builder(settings)?
            .dns_resolver(Guard {
                public: guard(EndpointPolicy::default()),
                here: guard(loopback()),
            })
            .no_proxy()
            .http1_only()
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self {
            client,
            beside_a_simulator: loopback(),
        })
    }

    /// Opens the address, with nothing that says who asks: of the request the address alone goes out.
    pub(crate) async fn head(
        &self,
        request: &Request<Bytes>,
    ) -> Result<reqwest::Response, TransportError> {
        let refused = || not_sent(TransportFailure::RefusedAddress);
        let url = Url::parse(&request.uri().to_string()).map_err(|_| refused())?;
        let is_encrypted_or_here =
            url.scheme() == "https" || (url.scheme() == "http" && names_this_machine(&url));
        let has_a_password = !url.username().is_empty() || url.password().is_some();
        if !is_encrypted_or_here || has_a_password || !may_be_called(&url, &self.beside_a_simulator)
        {
            return Err(refused());
        }
        let mut bare = reqwest::Request::new(http::Method::GET, url);
        let identity = HeaderValue::from_static("identity");
        bare.headers_mut().insert(ACCEPT_ENCODING, identity);
        crate::client::head_within(&self.client, bare, Call::of(request).deadline).await
    }
}

/// This machine and nothing else that is not public.
fn loopback() -> EndpointPolicy {
    EndpointPolicy {
        allow_http: true,
        allowed_networks: [
            (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
            (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
        ]
        .map(|(ip, bits)| IpNet::new_assert(ip, bits))
        .to_vec(),
    }
}

fn names_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => is_localhost(name),
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
}

/// A name of somewhere else leads to public addresses only, also if it says it is here; `localhost` may lead here.
struct Guard {
    public: GuardedResolver,
    here: GuardedResolver,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        if is_localhost(name.as_str()) {
            self.here.resolve(name)
        } else {
            self.public.resolve(name)
        }
    }
}
