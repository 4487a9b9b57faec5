//! What the runner has to know about a vendor.

use std::sync::Arc;

use idv_core::{Clock, IdProvider, Transport};
use idv_simulator::{Vendor, VendorKind};

/// Makes a provider.
type MakeProvider = fn(Arc<dyn Transport>, Arc<dyn Clock>) -> Arc<dyn IdProvider>;

/// One vendor of the table.
pub(crate) struct Column {
    /// Which.
    pub(crate) kind: VendorKind,
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// A new account at the stand-in.
    pub(crate) account: fn() -> Arc<dyn Vendor>,
    /// The vendor's own provider, with the credentials of that account, over this transport.
    pub(crate) provider: MakeProvider,
    /// Places that no scenario shows, and why: `("step:expired", "…")`.
    pub(crate) holes: &'static [(&'static str, &'static str)],
}

/// A transport for a provider that only tells what it can.
#[derive(Debug)]
pub(crate) struct NoTransport;

#[async_trait::async_trait]
impl Transport for NoTransport {
    async fn send(
        &self,
        _: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, idv_core::TransportError> {
        Err(idv_core::TransportError {
            sent: idv_core::Sent::No,
            reason: idv_core::TransportFailure::Connect,
        })
    }

    async fn open(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<idv_core::BodyStream>, idv_core::TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}
