//! A key that has just been taken back.

use bytes::Bytes;
use http::{Request, Response};
use idv_core::Timestamp;
use idv_simulator::Vendor;
use idv_simulator::stripe::EXPIRED_KEY;

/// What simulated Stripe answers to whoever calls with a key that has just been taken back.
pub fn refuse_the_key(
    vendor: &dyn Vendor,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    let mut request = request.clone();
    let expired = format!("Bearer {EXPIRED_KEY}").parse().unwrap();
    request.headers_mut().insert("authorization", expired);
    vendor.answer(&request, now)
}
