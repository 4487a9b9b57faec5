//! Fault points around every call to a vendor.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use idv_core::{BodyStream, Transport, TransportError};

use super::pass;

/// The calls of a transport.
pub(super) const CALLS: &[&str] = &["send", "open"];

/// A way to the network that comes past fault points.
#[derive(Debug)]
pub(crate) struct FaultyTransport(Arc<dyn Transport>);

impl FaultyTransport {
    /// The same way, with fault points.
    pub(crate) fn around(way: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Self(way))
    }
}

#[async_trait::async_trait]
impl Transport for FaultyTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        pass("vendor.send", "before");
        let answer = self.0.send(request).await;
        pass("vendor.send", "after");
        answer
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        pass("vendor.open", "before");
        let answer = self.0.open(request).await;
        pass("vendor.open", "after");
        answer
    }
}
