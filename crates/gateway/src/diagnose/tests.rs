use std::collections::BTreeSet;

use idv_core::webhook::{JsonLayout, Refusal};

use super::rewrite::{Document, Escapes, Form};
use super::{Cause, body};

#[test]
fn every_cause_has_a_word_of_its_own_a_sentence_and_a_remedy() {
    let words: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.as_word()).collect();
    assert_eq!(words.len(), Cause::ALL.len());
    for &cause in Cause::ALL {
        assert_eq!(Cause::of_word(cause.as_word()), Some(cause));
        assert!(
            !cause.sentence().is_empty() && !cause.remedy().is_empty(),
            "{cause:?}"
        );
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(cause.as_word().chars().all(is_word), "{cause:?}");
    }
}

#[test]
fn every_word_of_a_refusal_is_a_word_of_the_table() {
    let name = "a-header";
    for refusal in [
        Refusal::MissingHeader { name },
        Refusal::MalformedHeader { name, what: "" },
        Refusal::NoKnownScheme,
        Refusal::NoMatchingKey,
        Refusal::Stale { by_secs: 1 },
        Refusal::FromTheFuture { by_secs: 1 },
        Refusal::BodyHashMismatch,
        Refusal::UnknownKeyId,
        Refusal::KeyExpired,
        Refusal::AlgorithmNotAllowed,
        Refusal::LegacyScheme,
    ] {
        let word = Cause::of_refusal(&refusal).as_word();
        assert_eq!(word, refusal.as_word());
    }
}

#[test]
fn what_is_written_again_keeps_order_digits_and_what_stands_twice() {
    let text = r#"{"b":[1.50,-2e3,{"z":1,"a":"\u0001\"\\"}],"a":null,"a":true,"é":"\ud83d\ude00"}"#;
    let document = Document::read(text.as_bytes()).unwrap();
    let mut form = Form {
        layout: JsonLayout::Compact,
        escapes: Escapes::None,
        ends_with_newline: false,
    };
    let same = text.replace("\\ud83d\\ude00", "😀");
    assert_eq!(document.write(form), same.as_bytes());
    form.escapes = Escapes::NonAscii;
    let escaped = text.replace('é', "\\u00e9");
    assert_eq!(document.write(form), escaped.as_bytes());
}

/// Whoever sends chooses the body, and never how much work a diagnosis is.
#[test]
fn the_experiments_over_a_body_are_bounded_whatever_is_in_it() {
    let deep = [vec![b'['; 100], vec![b']'; 100]].concat();
    let bodies: [&[u8]; 6] = [
        b"",
        b"{",
        &[0xff; 100],
        &deep,
        "{\"b/<é\":\"\\u00e9\",\"a\":1}".as_bytes(),
        &[b'['; 60_000],
    ];
    for bytes in bodies {
        let count = body::variants(bytes).count();
        assert!(count <= 120, "{count} experiments");
    }
}
