//! Replacements keep their form, agree with each other, and cannot be taken back.

use proptest::prelude::*;

use super::mrz::check_digit;
use super::*;
use crate::signing::TestKeys;
use crate::vendor::Vendor;

fn replacements(seed: u8) -> Replacements {
    replacements_of(Vendor::Stripe, seed)
}

fn replacements_of(vendor: Vendor, seed: u8) -> Replacements {
    let keys = TestKeys::generate(vendor, 0).unwrap();
    let secrets = TestSecrets {
        webhook: keys.webhook_secret().to_owned(),
        jwk: None,
    };
    Replacements::seeded([seed; 32], secrets, vendor.table())
}

#[test]
fn a_whole_name_and_its_parts_agree_in_every_spelling() {
    let mut r = replacements(1);
    let (first, last) = (r.name("Jürgen"), r.name("Müller-Knope"));
    assert_eq!(r.name("Jürgen Müller-Knope"), format!("{first} {last}"));
    assert_eq!(r.name("JÜRGEN"), first.to_uppercase());
    assert_eq!(r.name("juergen"), first.to_lowercase());
    assert!(last.contains('-'));
    assert_ne!(
        first,
        replacements(2).name("Jürgen"),
        "another recording, another name"
    );
}

#[test]
fn a_date_is_the_same_date_in_every_form() {
    let mut r = replacements(1);
    let date = r.date("1990-05-29", false);
    let (year, rest) = date.split_once('-').unwrap();
    let (month, day) = rest.split_once('-').unwrap();
    assert_eq!(r.date("29.05.1990", false), format!("{day}.{month}.{year}"));
    assert_eq!(
        r.date("1990-05-29T10:00:00Z", false),
        format!("{date}T10:00:00Z")
    );
    for tail in [
        " Jane",
        "T10:00:00 Jane",
        "T10:00:00.4915112345678Z",
        "Jane",
    ] {
        let made = r.date(&format!("1990-05-29{tail}"), true);
        assert!(!made.contains("Jane") && !made.contains("4915"), "{made}");
        assert!(
            !made.starts_with("1990"),
            "no date, so no year that may stay: {made}"
        );
    }
    let parts = DateParts {
        day: Some(29),
        month: Some(5),
        year: Some(1990),
    };
    assert_eq!(r.date_part(parts, "year", "1990", false), year);
    assert_eq!(
        r.date_part(parts, "day", "29", false),
        day.trim_start_matches('0')
    );
    assert!(r.date("2031-05-28", true).starts_with("2031-"));
    let erased = DateParts {
        day: Some(1),
        month: Some(1),
        year: Some(1),
    };
    assert_eq!(
        r.date_part(erased, "year", "1", false),
        "1",
        "what the vendor has erased stays erased"
    );
}

#[test]
fn numbers_have_the_form_their_state_gives_them() {
    let mut r = replacements(1);
    let whole = r.id_number("123-45-6789", NumberKind::UsSsn);
    assert!(whole.starts_with('9') && whole.as_bytes()[3] == b'-' && whole.len() == 11);
    assert!(
        whole[4..6].parse::<u8>().unwrap() < 50,
        "never given, and no taxpayer's number: {whole}"
    );
    assert_eq!(
        whole[7..],
        r.id_number("6789", NumberKind::UsSsn),
        "the last four agree"
    );

    // 529.982.247-25 is the example everybody uses for the check digits.
    let cpf = r.id_number("52998224725", NumberKind::BrCpf);
    let digits: Vec<u32> = cpf.chars().filter_map(|c| c.to_digit(10)).collect();
    let check = |upto: usize| {
        let weights = (2..=u32::try_from(upto).unwrap() + 1).rev();
        digits[..upto]
            .iter()
            .zip(weights)
            .map(|(digit, weight)| digit * weight)
            .sum::<u32>()
            * 10
            % 11
            % 10
    };
    assert_eq!((check(9), check(10)), (digits[9], digits[10]), "{cpf}");

    let dni = r.id_number("12345678Z", NumberKind::EsDni);
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[dni[..8].parse::<usize>().unwrap() % 23];
    assert_eq!(dni.as_bytes()[8], letter);
    let other = r.document_number("AB123456");
    assert!(
        other[..2].bytes().all(|b| b.is_ascii_uppercase())
            && other[2..].bytes().all(|b| b.is_ascii_digit())
    );
}

#[test]
fn contacts_and_addresses_are_of_nobody() {
    let mut r = replacements(1);
    assert_eq!(r.email("Jane@Acme.test"), "person-1@example.com");
    assert_eq!(r.email("jane@acme.test"), "person-1@example.com");
    assert_eq!(r.email("joe@acme.test"), "person-2@example.com");
    let phone = r.phone("+4915112345678");
    assert!(
        phone.starts_with("+1") && phone.len() == 12 && phone[5..].starts_with("55501"),
        "{phone}"
    );
    assert_eq!(r.phone("4915112345678"), phone[1..]);
    assert!(r.ip("2a02:8109::1").starts_with("2001:db8::"));
    assert!(
        ["192.0.2.", "198.51.100.", "203.0.113."]
            .iter()
            .any(|net| r.ip("8.8.8.8").starts_with(net))
    );
    assert_eq!(r.postcode("SW4 6EH").as_bytes()[3], b' ');
    assert_eq!(r.region("CA"), "CA");
    assert_ne!(r.region("California"), "California");
    assert_eq!(r.file_name("jane-doe-passport.JPG"), "recorded-1.jpg");
    assert_eq!(r.file_name("passport.jane"), "recorded-2");
    assert_eq!(r.file_name("passport.van.Rose"), "recorded-3");
    assert_eq!(r.text("Jane was here").chars().count(), 13);
}

#[test]
fn an_id_is_the_same_whether_it_is_an_id_or_a_reference() {
    let mut r = replacements(1);
    let id = r.id("b64cc815-4a40-461f-9e73-a595f285b3bb");
    assert!(opaque::is_uuid(&id) && id.as_bytes()[14] == b'4' && id.as_bytes()[19] == b'9');
    assert_eq!(r.reference("b64cc815-4a40-461f-9e73-a595f285b3bb"), id);
    assert!(r.id("vs_1RWx7vFkz2A7XNTi").starts_with("vs_"));
    let task = replacements_of(Vendor::Onfido, 1).id("document_check_75329");
    assert!(task.starts_with("document_check_"), "{task}");
    assert_eq!(r.id("start"), "start");
    assert_eq!(r.reference("jane@acme.test"), "person-1@example.com");
    assert_ne!(r.reference("customer-4711"), "customer-4711");
}

#[test]
fn a_secret_says_that_it_opens_nothing() {
    let mut r = replacements(1);
    assert!(
        r.secret("sk_live_51Habcdefghijklmnop")
            .starts_with("sk_test_redacted")
    );
    assert!(
        replacements_of(Vendor::Plaid, 1)
            .secret("link-production-af1a0311-da53-4636-b754-dd15cc058176")
            .starts_with("link-sandbox-00000000-")
    );
    let session = r.id("vs_1RWx7vFkz2A7XNTi");
    let secret = r.secret("vs_1RWx7vFkz2A7XNTi_secret_test_YWNjdF8xxxxxxxxxxxx");
    assert!(secret.starts_with(&format!("{session}_secret_test_redacted")));
    let address = r.web_address(
        "https://verify.stripe.com/start/test_YWNjdF8xxxxxxxxxxxx",
        Vendor::Stripe.table(),
    );
    assert!(!address.contains("YWNjdF8"), "{address}");
    let token = r.secret("eyJhbGciOiAiRVM1MTIifQ.eyJpc3MiOiAic3R1ZGlvIn0.c2ln");
    assert_eq!(token.split('.').count(), 3);
    assert!(
        replacements_of(Vendor::Onfido, 1)
            .authorization("Token token=api_live.abcdefghijk")
            .starts_with("Token token=api_sandbox.redacted")
    );
    assert_eq!(
        r.authorization("Basic c2tfbGl2ZV94Og=="),
        "Basic cmVkYWN0ZWQ6"
    );
}

#[test]
fn only_what_the_vendor_is_known_to_begin_with_stays_in_front() {
    for vendor in Vendor::ALL {
        let mut r = replacements_of(vendor, 1);
        for original in [
            "kestrel_harlingen_99",
            "jane_kestrel@harlingen",
            "kestrel-of-harlingen-at-sea",
            "kestrel.harlingen.net",
            "vs_kestrel_harlingen",
            "sk_test_kestrel_harlingen",
        ] {
            let address = format!("https://kestrel.test/?who={original}&token={original}");
            let whose = vendor.table().hosts.split(' ').next().unwrap();
            let theirs =
                format!("https://{whose}/start/{original}?who={original}&token={original}");
            for made in [
                r.id(original),
                r.secret(original),
                r.authorization(&format!("Bearer {original}")),
                r.web_address(&address, vendor.table()),
                r.web_address(&theirs, vendor.table()),
                r.web_address(&format!("kestrel://{original}/"), vendor.table()),
            ] {
                let is_left = made.contains("kestrel") || made.contains("harlingen");
                assert!(!is_left, "{vendor:?}: {original} became {made}");
            }
        }
    }
}

/// True if each check digit of the zone is that over its field; counts from the standard.
fn is_sound(zone: &str) -> bool {
    let lines: Vec<&str> = zone.lines().collect();
    let digit = |line: &str, at: usize| line.chars().nth(at).unwrap();
    let over = |line: &str, from: usize, to: usize| check_digit(&line[from..to]);
    match lines[0].len() {
        30 => {
            let (first, second) = (lines[0], lines[1]);
            let whole = [
                &first[5..30],
                &second[0..7],
                &second[8..15],
                &second[18..29],
            ]
            .concat();
            over(first, 5, 14) == digit(first, 14)
                && over(second, 0, 6) == digit(second, 6)
                && over(second, 8, 14) == digit(second, 14)
                && check_digit(&whole) == digit(second, 29)
        }
        length => {
            let second = lines[1];
            let end = length - 1;
            let whole = [&second[0..10], &second[13..20], &second[21..end]].concat();
            over(second, 0, 9) == digit(second, 9)
                && over(second, 13, 19) == digit(second, 19)
                && over(second, 21, 27) == digit(second, 27)
                && (length == 36
                    || over(second, 28, 42) == digit(second, 42)
                    || digit(second, 42) == '<')
                && check_digit(&whole) == digit(second, end)
        }
    }
}

/// The specimens of ICAO 9303, parts 5, 6 and 4.
const TD1: &str = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
const TD2: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
const TD3: &str =
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";

#[test]
fn a_zone_keeps_sound_check_digits_and_agrees_with_the_person() {
    for (zone, number) in [(TD1, "D23145890"), (TD2, "D23145890"), (TD3, "L898902C3")] {
        assert!(
            is_sound(zone),
            "the check in this test is that of the standard: {zone}"
        );
        let mut r = replacements(3);
        let beside = Beside {
            birth: Some("1974-08-12"),
            ..Beside::default()
        };
        let replaced = r.mrz(zone, beside).unwrap();
        assert!(is_sound(&replaced), "{replaced}");
        let lengths = |zone: &str| zone.lines().map(str::len).collect::<Vec<_>>();
        assert_eq!(lengths(&replaced), lengths(zone));
        assert!(replaced.contains(&r.document_number(number)), "{replaced}");
        let name = format!(
            "{}<<{}<{}",
            r.name("ERIKSSON"),
            r.name("ANNA"),
            r.name("MARIA")
        );
        let name: String = name
            .chars()
            .take(if zone == TD3 { 39 } else { 30 })
            .collect();
        assert!(replaced.contains(&name), "{name} in {replaced}");
        let birth = r.date("1974-08-12", false);
        let six = format!("{}{}{}", &birth[2..4], &birth[5..7], &birth[8..10]);
        assert!(replaced.contains(&six), "{birth} in {replaced}");
        for left in [
            "ERIKSSON",
            "ANNA",
            "MARIA",
            "740812",
            "120415",
            number,
            "ZE184226B",
        ] {
            assert!(!replaced.contains(left), "{left} in {replaced}");
        }
    }
    assert!(
        replacements(1)
            .mrz("Anna Maria Eriksson", Beside::default())
            .is_none()
    );
}

#[test]
fn the_lines_of_a_zone_may_stand_apart() {
    let mut r = replacements(3);
    let whole = r.mrz(TD1, Beside::default()).unwrap();
    let first_line = TD1.lines().next();
    let apart: Vec<String> = TD1
        .lines()
        .map(|line| {
            let beside = Beside {
                first_line,
                ..Beside::default()
            };
            r.mrz(line, beside).unwrap()
        })
        .collect();
    assert_eq!(apart.join("\n"), whole);
}

#[test]
fn another_number_is_a_number() {
    for seed in 0..40 {
        let mut r = replacements(seed);
        for number in ["-12", "-1", "12", "0.5", "-0.25", "1e5"] {
            let made = r.json_number(number);
            let value: Result<serde_json::Value, _> = serde_json::from_str(&made);
            assert!(value.is_ok_and(|value| value.is_number()), "{made}");
        }
    }
}

proptest! {
    #[test]
    fn any_zone_gets_sound_check_digits(
        surname in "[A-Z]{2,12}", given in "[A-Z]{2,8}", number in "[A-Z0-9]{9}",
        yymm in "[0-9]{2}(0[1-9]|1[0-2])", day in "(0[1-9]|1[0-9]|2[0-8])", optional in "[A-Z0-9]{0,7}",
    ) {
        let six = format!("{yymm}{day}");
        let pad = |text: &str, width: usize| format!("{text:<<width$}").chars().take(width).collect::<String>();
        let c = |text: &str| check_digit(text);
        let names = format!("{surname}<<{given}");
        let body = format!("{number}{}UTO{six}{}F{six}{}", c(&number), c(&six), c(&six));
        let td3_optional = pad(&optional, 14);
        let td3 = format!("P<UTO{}\n{body}{td3_optional}{}0", pad(&names, 39), c(&td3_optional));
        let td2 = format!("I<UTO{}\n{body}{}0", pad(&names, 31), pad(&optional, 7));
        let td1_first = format!("I<UTO{number}{}{}", c(&number), pad(&optional, 15));
        let td1 = format!("{td1_first}\n{six}{}F{six}{}UTO{}0\n{}", c(&six), c(&six), pad("", 11), pad(&names, 30));
        for zone in [td1, td2, td3] {
            let replaced = replacements(9).mrz(&zone, Beside::default());
            prop_assert!(replaced.as_deref().is_some_and(is_sound), "{zone} became {replaced:?}");
        }
    }

    #[test]
    fn the_same_is_replaced_by_the_same_and_by_something_else(text in "[A-Za-z0-9-]{4,40}") {
        let mut r = replacements(5);
        for (one, two) in [
            (r.reference(&text), r.reference(&text)),
            (r.id(&text), r.id(&text)),
            (r.secret(&text), r.secret(&text)),
            (r.name(&text), r.name(&text)),
            (r.document_number(&text), r.document_number(&text)),
        ] {
            prop_assert_eq!(&one, &two);
            let has_characters = text.bytes().any(|b| b.is_ascii_alphanumeric() && b != b'0');
            prop_assert!(one != text || !has_characters || text == "start", "{}", text);
        }
    }
}
