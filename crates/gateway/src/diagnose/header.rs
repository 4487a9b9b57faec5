//! What may have been done to the signature header on its way.

use http::{HeaderMap, HeaderName, HeaderValue};
use idv_core::webhook::{DeliveryShape, InboundWebhook};

use super::{Cause, Diagnosis, Fit, Party};
use crate::providers::PROVIDERS;

/// Of a delivery with more headers than this, the first ones are tried.
const MAX_HEADERS: usize = 48;
/// The same, for places where a value may have been joined.
const MAX_JOINTS: usize = 16;

/// The delivery with this value, and no other, in the signature header.
fn with_value(webhook: &InboundWebhook, name: &HeaderName, value: HeaderValue) -> InboundWebhook {
    let mut changed = webhook.clone();
    changed.headers.insert(name.clone(), value);
    changed
}

async fn fits(party: &Party, webhook: &InboundWebhook, name: &HeaderName, text: &[u8]) -> Fit {
    match HeaderValue::from_bytes(text) {
        Ok(value) => party.fit(&with_value(webhook, name, value)).await,
        Err(_) => Fit::No,
    }
}

/// The signature is not where it should be: it may be elsewhere.
pub(super) async fn missing(
    party: &Party,
    webhook: &InboundWebhook,
    name: &HeaderName,
) -> Option<Diagnosis> {
    let others = webhook.headers.iter().filter(|(other, _)| *other != name);
    for (other, value) in others.take(MAX_HEADERS) {
        let fit = party.fit(&with_value(webhook, name, value.clone())).await;
        if !fit.is_no() {
            let how = format!("it came as {other}, and should come as {name}");
            return Some(Diagnosis::proven(Cause::HeaderRenamed, how).but(fit));
        }
    }
    foreign(&webhook.headers, name)
}

/// The signature of another vendor, by the name of its header.
fn foreign(headers: &HeaderMap, own: &HeaderName) -> Option<Diagnosis> {
    let vendor = PROVIDERS.iter().find(|provider| {
        let header = provider.shape.signature_header;
        !own.as_str().eq_ignore_ascii_case(header) && headers.contains_key(header)
    })?;
    let header = vendor.shape.signature_header;
    let how = format!(
        "it has the header {header}, as those of {} have",
        vendor.vendor
    );
    Some(Diagnosis::likely(Cause::OtherVendorsSignature, how))
}

/// The header cannot be read: it may be there twice, joined, wrapped or cut off.
pub(super) async fn malformed(
    party: &Party,
    webhook: &InboundWebhook,
    name: &HeaderName,
    shape: Option<&DeliveryShape>,
) -> Option<Diagnosis> {
    let values: Vec<_> = webhook.headers.get_all(name).iter().collect();
    if let [value] = values[..] {
        return alone(party, webhook, name, value.as_bytes(), shape).await;
    }
    for value in values.iter().take(MAX_JOINTS) {
        let fit = fits(party, webhook, name, value.as_bytes()).await;
        if !fit.is_no() {
            let how = format!("it is there {} times", values.len());
            return Some(Diagnosis::proven(Cause::HeaderRepeated, how).but(fit));
        }
    }
    None
}

async fn alone(
    party: &Party,
    webhook: &InboundWebhook,
    name: &HeaderName,
    value: &[u8],
    shape: Option<&DeliveryShape>,
) -> Option<Diagnosis> {
    for part in joined(value) {
        let fit = fits(party, webhook, name, part).await;
        if !fit.is_no() {
            let how = "several values were folded into one".to_owned();
            return Some(Diagnosis::proven(Cause::HeaderRepeated, how).but(fit));
        }
    }
    for (how, text) in unwrapped(value) {
        let fit = fits(party, webhook, name, &text).await;
        if !fit.is_no() {
            return Some(Diagnosis::proven(Cause::HeaderAltered, how.to_owned()).but(fit));
        }
    }
    let is_short = shape.is_some_and(|shape| is_cut_off(value, shape));
    let how = || {
        format!(
            "it has {} characters, which is no whole signature",
            value.len()
        )
    };
    is_short.then(|| Diagnosis::likely(Cause::HeaderTruncated, how()))
}

/// The two sides of every place where values may have been joined: of a size, or one of them is no value.
fn joined(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let places = value.iter().enumerate();
    let places = places.filter(|(_, byte)| matches!(byte, b',' | b' ' | b';'));
    let sides = places.take(MAX_JOINTS).map(move |(at, _)| {
        let (before, after) = value.split_at_checked(at).unwrap_or_default();
        [before, after.get(1..).unwrap_or_default()].map(<[u8]>::trim_ascii)
    });
    let are_of_a_size = |[a, b]: &[&[u8]; 2]| a.len().min(b.len()) * 2 >= a.len().max(b.len());
    sides.filter(are_of_a_size).flatten()
}

/// The value without what may have been put around or into it.
fn unwrapped(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let without = |unwanted: &dyn Fn(u8) -> bool| {
        let kept = value.iter().copied().filter(|&byte| !unwanted(byte));
        kept.collect::<Vec<u8>>()
    };
    let mut all = vec![
        (
            "it has quotes around it",
            without(&|byte| matches!(byte, b'"' | b'\'')),
        ),
        (
            "it has white space in it",
            without(&|byte| byte.is_ascii_whitespace()),
        ),
    ];
    for mark in [b'=', b' ', b':'] {
        if let Some(at) = value.iter().position(|&byte| byte == mark) {
            let rest = value
                .get(at + 1..)
                .unwrap_or_default()
                .trim_ascii()
                .to_vec();
            all.push(("it has a prefix", rest));
        }
    }
    all.retain(|(_, text)| text != value);
    all
}

/// True if the signature at its end is shorter than those of the vendor, or there is none.
fn is_cut_off(value: &[u8], shape: &DeliveryShape) -> bool {
    let is_of_a_signature = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let end = value
        .iter()
        .rev()
        .take_while(|byte| is_of_a_signature(byte));
    let parts = value.split(|&byte| byte == b'.').count();
    end.count() < shape.signature_len || parts < shape.header_parts
}

/// True if the header holds an element of a scheme that is given up.
pub(super) fn has_retired_element(webhook: &InboundWebhook, shape: &DeliveryShape) -> bool {
    let values = webhook.headers.get_all(shape.signature_header).iter();
    let mut elements = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    elements.any(|element| {
        shape
            .retired_elements
            .iter()
            .any(|retired| element.starts_with(retired))
    })
}
