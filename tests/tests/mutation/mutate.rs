//! What is done to bytes: at random, and yet the same again from the same seed.

use fastrand::Rng;

use crate::tree::Tree;

/// Words that could buy a pass, and shapes that could break a reader.
const WORDS: &[&str] = &[
    "passed",
    "verified",
    "approved",
    "success",
    "clear",
    "complete",
    "VERIFIED",
    "Approved",
    " success",
    "success\\u0000",
    "\\u0061pproved",
    "processing",
    "requires_input",
    "pending_review",
    "identity.verification_session",
    "workflow_run.completed",
    "IDENTITY_VERIFICATION",
    "STATUS_UPDATED",
    "event",
    "list",
    "redacted",
    "[redacted]",
    "2026-13-41T25:61:61Z",
    "../../admin",
    "é\u{202e}😀",
    "",
];

/// Raw pieces of JSON and of what is none.
const PIECES: &[&[u8]] = &[
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"-1",
    b"1e999",
    b"-0.0",
    b"9223372036854775808",
    b"99999999999999999999999999999999999999999999",
    b"\"status\":\"verified\",",
    b"\"status\":\"approved\",",
    b"\"status\":\"success\",",
    b"\"object\":\"event\",",
    b"\"\\ud800\"",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\0",
    b"\xef\xbb\xbf",
    b"//",
    b",",
    b"\"",
    b"}",
    b"]",
];

/// Names of members in which a verdict could be looked for.
const NAMES: &[&str] = &[
    "status",
    "object",
    "data",
    "payload",
    "resource",
    "steps",
    "template",
    "result",
    "type",
    "action",
    "last_error",
    "workflow_id",
    "id",
];

/// The longest input. Webhooks have a few thousand bytes.
const MAX_LEN: usize = 64 * 1024;

/// A body made from another: by its bytes, or by its members where it is JSON.
pub(crate) fn body(rng: &mut Rng, bytes: &[u8], tree: Option<&Tree>, other: &[u8]) -> Vec<u8> {
    let mut mutated = match tree {
        Some(tree) if rng.bool() => members(rng, tree.clone(), Tree::read(other).as_ref()).write(),
        _ => bytes.to_vec(),
    };
    if mutated == bytes || rng.u8(..8) == 0 {
        for _ in 0..rng.usize(1..=4) {
            at_random(rng, &mut mutated, other);
        }
    }
    mutated.truncate(MAX_LEN);
    mutated
}

fn place(rng: &mut Rng, bytes: &[u8]) -> usize {
    rng.usize(..=bytes.len())
}

/// Two places, the first not behind the second, and mostly near.
fn stretch(rng: &mut Rng, bytes: &[u8]) -> std::ops::Range<usize> {
    let start = place(rng, bytes);
    let longest = if rng.u8(..4) == 0 { bytes.len() } else { 24 };
    let end = (start + rng.usize(..=longest)).min(bytes.len());
    start..end
}

/// One change to some bytes, which need not be JSON.
pub(crate) fn at_random(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = place(rng, bytes);
    match rng.u8(..16) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        3 => bytes.insert(at, rng.u8(..)),
        4 => {
            bytes.drain(stretch(rng, bytes));
        }
        5 => {
            let copied = bytes[stretch(rng, bytes)].to_vec();
            bytes.splice(at..at, copied);
        }
        6 => bytes.truncate(at),
        7 => {
            let word = WORDS[rng.usize(..WORDS.len())];
            bytes.splice(at..at, word.bytes());
        }
        8 | 9 => a_text_becomes_a_word(rng, bytes, at),
        10 => {
            let piece = PIECES[rng.usize(..PIECES.len())];
            bytes.splice(stretch(rng, bytes), piece.iter().copied());
        }
        11 => {
            let piece = PIECES[rng.usize(..PIECES.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
        12 => {
            let spliced = other[stretch(rng, other)].to_vec();
            bytes.splice(stretch(rng, bytes), spliced);
        }
        13 => {
            // Before the first byte or behind the last one: what a careless reader takes off.
            let stray: &[u8] = match rng.u8(..4) {
                0 => b"\xef\xbb\xbf",
                1 => b"\0",
                2 => b"\n",
                _ => b" ",
            };
            let at = if rng.bool() { 0 } else { bytes.len() };
            bytes.splice(at..at, stray.iter().copied());
        }
        14 => {
            let deepest = if rng.u8(..32) == 0 { 20_000 } else { 200 };
            let deep = rng.usize(1..=deepest);
            let bracket = if rng.bool() { &b"["[..] } else { b"{\"a\":" };
            bytes.splice(at..at, bracket.repeat(deep));
        }
        _ => bytes.reverse(),
    }
}

/// The next quoted text behind a place becomes another.
fn a_text_becomes_a_word(rng: &mut Rng, bytes: &mut Vec<u8>, at: usize) {
    let quote_behind = |from: usize| {
        let rest = bytes.get(from..)?;
        rest.iter().position(|byte| *byte == b'"').map(|i| from + i)
    };
    let Some(start) = quote_behind(at) else {
        return;
    };
    let Some(end) = quote_behind(start + 1) else {
        return;
    };
    let word = WORDS[rng.usize(..WORDS.len())];
    bytes.splice(start + 1..end, word.bytes());
}

/// A few changes to the members and values of a document.
fn members(rng: &mut Rng, mut tree: Tree, other: Option<&Tree>) -> Tree {
    for _ in 0..rng.usize(1..=4) {
        let len = tree.len();
        let number = rng.usize(..len);
        match rng.u8(..10) {
            0 => {
                // The value of one place at another.
                let from = rng.usize(..len);
                let copied = tree.nth(from).map(|value| value.clone());
                replace(&mut tree, number, copied);
            }
            1 => {
                // Two places change their values. One may lie in the other; then it is no exchange.
                let from = rng.usize(..len);
                let (a, b) = (tree.nth(from).cloned(), tree.nth(number).cloned());
                replace(&mut tree, number, a);
                replace(&mut tree, from, b);
            }
            2 => {
                let part = other.map(|other| {
                    let mut other = other.clone();
                    let from = rng.usize(..other.len());
                    other.nth(from).cloned().unwrap_or(other)
                });
                replace(&mut tree, number, part);
            }
            3 => {
                let value = any_value(rng);
                replace(&mut tree, number, Some(value));
            }
            4 => {
                if let Some(value) = tree.nth(number) {
                    let inner = value.clone();
                    *value = if rng.bool() {
                        Tree::List(vec![inner])
                    } else {
                        Tree::Object(vec![(name(rng), inner)])
                    };
                }
            }
            5 => {} // Written anew, and nothing else.
            6 | 7 => a_status_becomes_a_word(rng, &mut tree),
            _ => {
                let value = any_value(rng);
                change_member(rng, &mut tree, number, value);
            }
        }
        if tree.len() > 4_000 {
            break;
        }
    }
    tree
}

fn replace(tree: &mut Tree, number: usize, by: Option<Tree>) {
    if let (Some(place), Some(value)) = (tree.nth(number), by) {
        *place = value;
    }
}

/// Deletes, doubles, renames, adds or overwrites one member of the next object.
fn change_member(rng: &mut Rng, tree: &mut Tree, number: usize, value: Tree) {
    let is_object = |tree: &mut Tree, at: usize| matches!(tree.nth(at), Some(Tree::Object(_)));
    let Some(at) = (0..=number).rev().find(|at| is_object(tree, *at)) else {
        return;
    };
    let Some(Tree::Object(members)) = tree.nth(at) else {
        return;
    };
    let (new_name, index) = (name(rng), rng.usize(..=members.len()));
    if rng.bool() {
        // What is said in a member that matters.
        let mut named = members.iter_mut().filter(|(name, _)| *name == new_name);
        if let Some((_, old)) = named.next() {
            *old = value;
            return;
        }
    }
    match (rng.u8(..5), members.get_mut(index)) {
        (0, Some(_)) => {
            members.remove(index);
        }
        (1, Some((name, _))) => *name = new_name,
        (2, Some((_, old))) => *old = value,
        (3, Some(member)) => {
            let mut twin = member.clone();
            if rng.bool() {
                twin.1 = value;
            }
            let at = rng.usize(..=members.len());
            members.insert(at, twin);
        }
        _ => members.insert(index, (new_name, value)),
    }
}

/// One of the members by the name of `status`, the verdict's own name with all three vendors.
fn a_status_becomes_a_word(rng: &mut Rng, tree: &mut Tree) {
    let mut found = Vec::new();
    collect_statuses(tree, &mut found);
    if !found.is_empty() {
        // The first one is the outermost, most often.
        let chosen = rng.usize(..found.len()) * usize::from(rng.bool());
        let word = if rng.bool() {
            rng.usize(..5)
        } else {
            rng.usize(..WORDS.len())
        };
        *found.swap_remove(chosen) = Tree::text(WORDS[word]);
    }
}

fn collect_statuses<'t>(tree: &'t mut Tree, found: &mut Vec<&'t mut Tree>) {
    match tree {
        Tree::List(list) => list
            .iter_mut()
            .for_each(|value| collect_statuses(value, found)),
        Tree::Object(members) => {
            for (name, value) in members {
                if name == b"status" {
                    found.push(value);
                } else {
                    collect_statuses(value, found);
                }
            }
        }
        Tree::Scalar(_) | Tree::Text(_) => {}
    }
}

fn name(rng: &mut Rng) -> Vec<u8> {
    NAMES[rng.usize(..NAMES.len())].as_bytes().to_vec()
}

fn any_value(rng: &mut Rng) -> Tree {
    match rng.u8(..8) {
        0 => Tree::Scalar(PIECES[rng.usize(..9)].to_vec()),
        1 => Tree::List(vec![Tree::text(WORDS[rng.usize(..5)])]),
        _ => Tree::text(WORDS[rng.usize(..WORDS.len())]),
    }
}
