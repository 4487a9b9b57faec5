//! Webhooks on their way.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use idv_core::{Call, Repeat, Timestamp};

use super::inner::Inner;
use crate::chaos::DeliveryFault;
use crate::{Outgoing, Signer, VendorKind};

/// How long a receiver may take, as the vendors that say so have it.
const PATIENCE: Duration = Duration::from_secs(10);
/// A second copy comes so much later, in seconds.
const SECOND_COPY_AFTER_SECS: u64 = 20;

/// A webhook on its way.
pub(super) struct Parcel {
    pub(super) vendor: VendorKind,
    pub(super) outgoing: Outgoing,
    /// The first body ever sent about the same object.
    pub(super) stale: Option<Bytes>,
    /// How it fares the first time.
    pub(super) fault: Option<DeliveryFault>,
    pub(super) failed_attempts: u32,
    /// When it was first sent. None: it has not been.
    pub(super) first_sent: Option<Timestamp>,
}

/// An attempt to deliver that is over.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The vendor.
    pub vendor: VendorKind,
    /// What was to be delivered.
    pub outgoing: Outgoing,
    /// Which attempt it was: 1 is the first.
    pub attempt: u32,
    /// The receiver's answer. None: it gave none, or the webhook was lost on the way.
    pub status: Option<StatusCode>,
    /// Whether the vendor believes that it has arrived.
    pub is_taken: bool,
    /// Whether the vendor sends it again. If it has not arrived and this is false, it has given up.
    pub is_sent_again: bool,
    /// What went wrong on purpose.
    pub fault: Option<DeliveryFault>,
}

/// A webhook that was posted, as it was on the network.
#[derive(Clone, Copy, Debug)]
pub struct Posted<'a> {
    /// The vendor.
    pub vendor: VendorKind,
    /// What was to be delivered.
    pub outgoing: &'a Outgoing,
    /// The bytes that were sent: another's, if somebody forges.
    pub body: &'a Bytes,
    /// The headers, with the signature.
    pub headers: &'a HeaderMap,
    /// Whether it is the vendor who has signed, and these bytes.
    pub is_genuine: bool,
    /// The receiver's answer. None: it gave none.
    pub status: Option<StatusCode>,
}

impl Inner {
    pub(super) async fn deliver(&self, parcel: Parcel) {
        self.attempt(parcel).await;
        self.sent();
    }

    async fn attempt(&self, parcel: Parcel) {
        let Some(vendor) = self.vendors.get(&parcel.vendor).cloned() else {
            return;
        };
        let Parcel {
            outgoing, fault, ..
        } = &parcel;
        if !vendor.is_wanted(outgoing) {
            return;
        }
        let mut signer = Signer::Vendor;
        match fault {
            Some(DeliveryFault::Forged) => {
                let forged = tampered(&outgoing.body);
                let over = &outgoing.body;
                self.post(&parcel, &forged, over, Signer::Vendor).await;
            }
            Some(DeliveryFault::Stale) => {
                if let Some(stale) = &parcel.stale {
                    self.post(&parcel, stale, stale, Signer::Vendor).await;
                }
            }
            Some(DeliveryFault::WrongKey) => signer = Signer::SomebodyElse,
            Some(DeliveryFault::Twice) => {
                let at = self.clock.now().plus(self.delay(SECOND_COPY_AFTER_SECS));
                let copy = Parcel {
                    vendor: parcel.vendor,
                    outgoing: outgoing.clone(),
                    stale: None,
                    fault: None,
                    failed_attempts: 0,
                    first_sent: None,
                };
                self.put_down(at, copy);
            }
            _ => {}
        }
        let body = &outgoing.body;
        let sent = self.clock.now();
        let status = match fault {
            Some(DeliveryFault::Lost) => None,
            _ => self.post(&parcel, body, body, signer).await,
        };
        let is_taken =
            *fault == Some(DeliveryFault::Lost) || status.is_some_and(|s| vendor.is_taken(s));
        let attempt = parcel.failed_attempts.saturating_add(1);
        let now = self.clock.now();
        let is_tried_again = vendor.is_tried_again(outgoing, is_taken, now);
        let again = (!is_taken && is_tried_again).then(|| vendor.retry_delay(attempt));
        let delay = again.flatten();
        let delivered = Delivered {
            vendor: parcel.vendor,
            outgoing: outgoing.clone(),
            attempt,
            status,
            is_taken,
            is_sent_again: delay.is_some(),
            fault: *fault,
        };
        for watch in &self.watchers {
            watch.delivered(&delivered);
        }
        if is_taken {
            vendor.delivered(outgoing);
        }
        if let Some(delay) = delay {
            let at = now.plus(self.delay(delay.as_secs()));
            let again = Parcel {
                fault: None,
                failed_attempts: attempt,
                first_sent: parcel.first_sent.or(Some(sent)),
                ..parcel
            };
            self.put_down(at, again);
        }
    }

    /// Sends a body under a signature over (perhaps other) bytes. None without an answer.
    async fn post(
        &self,
        parcel: &Parcel,
        body: &Bytes,
        signed: &Bytes,
        signer: Signer,
    ) -> Option<StatusCode> {
        let vendor = self.vendors.get(&parcel.vendor)?;
        let (outgoing, now) = (&parcel.outgoing, self.clock.now());
        let headers = match parcel.first_sent {
            Some(first) => vendor.sign_again(outgoing, signed, signer, first, now),
            None => vendor.sign(outgoing, signed, signer, now),
        };
        let mut request = Request::new(body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = parcel.outgoing.url.parse::<Uri>().ok()?;
        *request.headers_mut() = headers.clone();
        request.extensions_mut().insert(Call {
            operation: "webhook",
            repeat: Repeat::Never,
            deadline: PATIENCE,
        });
        let answer = self.deliver_through.send(request).await;
        let status = answer.ok().map(|response| response.status());
        let posted = Posted {
            vendor: parcel.vendor,
            outgoing: &parcel.outgoing,
            body,
            headers: &headers,
            is_genuine: signer == Signer::Vendor && body == signed,
            status,
        };
        for watch in &self.watchers {
            watch.posted(&posted);
        }
        status
    }
}

/// The body with its last letter or digit changed: still of the same length, and most often still JSON.
fn tampered(body: &Bytes) -> Bytes {
    let mut bytes = body.to_vec();
    let letter = bytes.iter_mut().rev().find(|b| b.is_ascii_alphanumeric());
    match letter {
        Some(byte) => *byte = if *byte == b'0' { b'1' } else { b'0' },
        None => bytes.push(b' '),
    }
    bytes.into()
}
