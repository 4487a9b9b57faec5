//! Signature headers: what is done to them, and when two of them mean the same.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fastrand::Rng;

use crate::mutate;

/// Whether a changed header still says what the vendor's said. Arguments: the vendor's, the changed one.
pub(crate) type MeansTheSame = fn(&str, &str) -> bool;

/// Other spellings of a header that the vendor's rules allow, each of which must be believed.
pub(crate) type Respellings = fn(&str) -> Vec<String>;

/// The same time, as the same text since the text is what is signed, and the signature among those listed. Its digits
/// may be of either case, spaces may stand around an element, and elements of other schemes say nothing.
pub(crate) fn stripe_means_the_same(vendors: &str, changed: &str) -> bool {
    let values = |header: &str, wanted: &str| -> Vec<String> {
        let elements = header.split(',').map(str::trim);
        elements
            .filter_map(|element| element.split_once('='))
            .filter(|(name, _)| *name == wanted)
            .map(|(_, value)| value.to_owned())
            .collect()
    };
    let (time, signature) = (values(vendors, "t"), values(vendors, "v1"));
    let times = values(changed, "t");
    let is_listed = |one: &String| one.eq_ignore_ascii_case(&signature[0]);
    !times.is_empty()
        && times.iter().all(|one| *one == time[0])
        && values(changed, "v1").iter().any(is_listed)
}

pub(crate) fn stripe_respellings(header: &str) -> Vec<String> {
    let (time, signature) = header.split_once(',').unwrap();
    let digits = signature.strip_prefix("v1=").unwrap();
    let other = "0".repeat(64);
    vec![
        header.to_owned(),
        format!("{signature},{time}"),
        format!("{time}, {signature} "),
        format!("{time},v1={}", digits.to_uppercase()),
        format!("{time},{time},{signature}"),
        format!("{time},v0={other},v1={other},{signature},v2=x,y"),
    ]
}

/// The same digits, of either case, with white space around them.
pub(crate) fn onfido_means_the_same(vendors: &str, changed: &str) -> bool {
    changed.trim().eq_ignore_ascii_case(vendors)
}

pub(crate) fn onfido_respellings(header: &str) -> Vec<String> {
    vec![
        header.to_owned(),
        header.to_uppercase(),
        format!(" {header}\t"),
    ]
}

/// The same head and claims, to the letter, with the same signature or its twin.
pub(crate) fn plaid_means_the_same(vendors: &str, changed: &str) -> bool {
    changed == vendors || changed == with_twin_signature(vendors)
}

pub(crate) fn plaid_respellings(header: &str) -> Vec<String> {
    vec![header.to_owned(), with_twin_signature(header)]
}

/// The order of the group of P-256 (FIPS 186-5; SEC 2, 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Whoever has a signature (r, s) has (r, n − s) too, without the key, and it is as right. RFC 7518 forbids neither,
/// so the vendor may send either. The same claims, so the same meaning; another text, so another delivery.
fn with_twin_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for (digit, order) in bytes[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = u8::try_from(difference + 256 * borrow).unwrap();
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// One part of a token with other words in it, and the signature as it was. What is no token stays as it is.
fn reworded(rng: &mut Rng, token: &str) -> Vec<u8> {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let part = rng.usize(..parts.len().min(2));
    let decoded = URL_SAFE_NO_PAD.decode(&parts[part]).ok();
    if let Some(text) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        let (from, to) = [
            ("ES256", "none"),
            ("ES256", "HS256"),
            ("ES256", "es256"),
            ("\"typ\"", "\"crit\""),
            ("\"typ\":\"JWT\"", "\"jku\":\"https://example.invalid/\""),
            ("\"kid\"", "\"alg\":\"none\",\"kid\""),
            ("\"iat\":", "\"iat\":1,\"iat\":"),
            ("\"iat\":", "\"iat\":9"),
            ("sha256", "sha512"),
            ("{", "{ "),
        ][rng.usize(..10)];
        parts[part] = URL_SAFE_NO_PAD.encode(text.replacen(from, to, 1));
    }
    if rng.u8(..4) == 0
        && let Some(signature) = parts.get_mut(2)
    {
        signature.clear();
    }
    parts.join(".").into_bytes()
}

/// The values of a signature header, made from those of two webhooks.
pub(crate) fn mutated(rng: &mut Rng, own: &str, other: &str) -> Vec<Vec<u8>> {
    match rng.u8(..14) {
        0 => vec![],
        1 => vec![own.into(), own.into()],
        2 => vec![own.into(), other.into()],
        3 => vec![other.into()],
        4 => vec![rearranged(rng, own, other, ',')],
        5 => vec![rearranged(rng, own, other, '.')],
        6 => vec![in_another_case(rng, own)],
        7 => vec![spaced(rng, own)],
        8 => vec![format!("{own},{other}").into()],
        9 | 10 => vec![reworded(rng, own)],
        _ => {
            let mut bytes = own.as_bytes().to_vec();
            for _ in 0..rng.usize(1..=3) {
                mutate::at_random(rng, &mut bytes, other.as_bytes());
            }
            vec![bytes]
        }
    }
}

/// Parts of both, in any order.
fn rearranged(rng: &mut Rng, own: &str, other: &str, between: char) -> Vec<u8> {
    let mut parts: Vec<&str> = own.split(between).collect();
    if rng.bool() {
        parts.extend(other.split(between));
    }
    if rng.bool() {
        rng.shuffle(&mut parts);
    }
    if rng.bool() {
        parts.remove(rng.usize(..parts.len()));
    }
    parts.join(&between.to_string()).into_bytes()
}

fn in_another_case(rng: &mut Rng, own: &str) -> Vec<u8> {
    let mut bytes = own.as_bytes().to_vec();
    if rng.bool() {
        bytes.make_ascii_uppercase();
    } else {
        for byte in bytes.iter_mut().filter(|_| rng.u8(..8) == 0) {
            *byte ^= if byte.is_ascii_alphabetic() { 0x20 } else { 0 };
        }
    }
    bytes
}

fn spaced(rng: &mut Rng, own: &str) -> Vec<u8> {
    let mut bytes = own.as_bytes().to_vec();
    for _ in 0..rng.usize(1..=3) {
        let places: Vec<usize> = (0..=bytes.len())
            .filter(|at| {
                *at == 0 || *at == bytes.len() || bytes[at - 1] == b',' || rng.u8(..64) == 0
            })
            .collect();
        let at = places[rng.usize(..places.len())];
        bytes.insert(at, if rng.bool() { b' ' } else { b'\t' });
    }
    bytes
}
