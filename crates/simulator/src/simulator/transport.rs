//! A vendor's API without a network.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{BodyStream, Sent, Transport, TransportError, TransportFailure};

use super::inner::Inner;
use crate::VendorKind;
use crate::loopback::Answered;

/// A vendor's API without a network. A call that hangs has timed out at once.
pub(super) struct InProcess {
    inner: Arc<Inner>,
    kind: VendorKind,
}

impl InProcess {
    pub(super) const fn new(inner: Arc<Inner>, kind: VendorKind) -> Self {
        Self { inner, kind }
    }
}

/// Shows nothing of what passes through.
impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InProcess({})", self.kind)
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let failed = |reason| {
            let sent = Sent::Unknown;
            Err(TransportError { sent, reason })
        };
        match self.inner.call(self.kind, &request) {
            Answered::Whole(response) => Ok(response),
            Answered::Half(_) => failed(TransportFailure::Broken),
            Answered::Never => failed(TransportFailure::Timeout),
        }
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}
