//! One call of a vendor's API, and what may go wrong with it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::inner::Inner;
use crate::VendorKind;
use crate::chaos::{CallFault, with_unknown_member, with_unknown_value};
use crate::loopback::{Answered, Api};

impl Inner {
    pub(super) fn call(&self, kind: VendorKind, request: &Request<Bytes>) -> Answered {
        let Some(vendor) = self.vendors.get(&kind) else {
            return Answered::Never;
        };
        let fault = {
            let mut state = self.state();
            let scripted = state.scripted_calls.get_mut(&kind);
            let scripted = scripted.filter(|calls| !calls.is_empty());
            let scripted = scripted.map(|calls| calls.remove(0));
            state.chooser.for_call(scripted)
        };
        if let Some(fault) = fault {
            for watch in &self.watchers {
                watch.broken(kind, request, fault);
            }
        }
        let status =
            |code: u16| StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        match fault {
            Some(CallFault::RateLimited { retry_after_secs }) => {
                return Answered::Whole(vendor.rate_limited(retry_after_secs));
            }
            Some(CallFault::ServerError(code)) => {
                return Answered::Whole(vendor.server_error(status(code)));
            }
            Some(CallFault::Hang) => return Answered::Never,
            _ => {}
        }
        let response = vendor.answer(request, self.clock.now());
        for watch in &self.watchers {
            watch.answered(kind, request, &response);
        }
        self.collect(kind, None);
        match fault {
            Some(CallFault::ServerErrorAfter(code)) => {
                Answered::Whole(vendor.server_error(status(code)))
            }
            Some(CallFault::HangAfter) => Answered::Never,
            Some(CallFault::Truncated) => Answered::Half(response),
            Some(CallFault::UnknownValue) => Answered::Whole(with_unknown_value(response)),
            Some(CallFault::UnknownMember) => Answered::Whole(with_unknown_member(response)),
            _ => Answered::Whole(response),
        }
    }
}

/// A vendor of a simulator, as what is served over HTTP.
pub(super) struct Door {
    inner: Arc<Inner>,
    kind: VendorKind,
}

impl Door {
    pub(super) const fn new(inner: Arc<Inner>, kind: VendorKind) -> Self {
        Self { inner, kind }
    }
}

impl Api for Door {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        match self.inner.call(self.kind, request) {
            Answered::Whole(response) | Answered::Half(response) => response,
            Answered::Never => Response::new(Bytes::new()),
        }
    }

    fn answer_or_break(&self, request: &Request<Bytes>) -> Answered {
        self.inner.call(self.kind, request)
    }
}
