//! From names to addresses that may be called.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::EndpointPolicy;

/// Finds the addresses of a name.
#[async_trait]
pub trait NameResolver: fmt::Debug + Send + Sync {
    /// Every address of the name.
    ///
    /// # Errors
    /// The name has none, or nobody could be asked.
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// Asks the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl NameResolver for SystemResolver {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Every address of a name must not be called.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name may be called")]
pub(super) struct NoAllowedAddress;

/// What the client connects with: it only ever gets to see addresses that may be called. The answer that was checked
/// is the one that is connected to, so a name that changes its mind in between gains nothing.
#[derive(Clone, Debug)]
pub(crate) struct GuardedResolver {
    pub(crate) inner: Arc<dyn NameResolver>,
    pub(crate) policy: EndpointPolicy,
}

/// Of a name with a great many addresses, so many are tried.
const MAX_ADDRESSES: usize = 8;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let found = this.inner.addresses(name.as_str()).await?;
            let any = !found.is_empty();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|ip| this.policy.allows(*ip))
                .take(MAX_ADDRESSES)
                .map(|ip| SocketAddr::new(ip, 0))
                .collect();
            if any && allowed.is_empty() {
                return Err(NoAllowedAddress.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}
