//! Signature headers: what is done to them, and when two of them mean the same.

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

/// One token, one spelling.
pub(crate) fn plaid_means_the_same(vendors: &str, changed: &str) -> bool {
    vendors == changed
}

pub(crate) fn plaid_respellings(header: &str) -> Vec<String> {
    vec![header.to_owned()]
}

/// The values of a signature header, made from those of two webhooks.
pub(crate) fn mutated(rng: &mut Rng, own: &str, other: &str) -> Vec<Vec<u8>> {
    match rng.u8(..12) {
        0 => vec![],
        1 => vec![own.into(), own.into()],
        2 => vec![own.into(), other.into()],
        3 => vec![other.into()],
        4 => vec![rearranged(rng, own, other, ',')],
        5 => vec![rearranged(rng, own, other, '.')],
        6 => vec![in_another_case(rng, own)],
        7 => vec![spaced(rng, own)],
        8 => vec![format!("{own},{other}").into()],
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
