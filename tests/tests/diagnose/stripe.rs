//! HMAC with a time in the header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_simulator::stripe::{Signing, sign};

use super::body::{INDENTED, changed, compact};
use super::broken::{Broken, NOW, account};

const HEADER: &str = "Stripe-Signature";
const SECRET: &str = "whsec_QSBzZWNyZXQgaW4gcGxhaW4gdGV4dC4=";

fn config_with(own: &str) -> String {
    [
        account("one", "stripe", "sandbox", own),
        account("two", "stripe", "sandbox", "whsec_of_two"),
        account("real", "stripe", "live", "whsec_of_the_live_one"),
        account("elsewhere", "onfido", "sandbox", "token-of-another-vendor"),
    ]
    .concat()
}

fn case(name: &'static str, cause: &'static str) -> Broken {
    Broken::new(name, cause)
        .body(INDENTED)
        .config(config_with(SECRET))
}

fn signed(name: &'static str, cause: &'static str, secret: &str) -> Broken {
    case(name, cause).header(HEADER, sign(secret, INDENTED.as_bytes(), NOW))
}

pub(crate) fn whole() -> Broken {
    signed("whole", "", SECRET)
}

pub(crate) fn broken() -> Vec<Broken> {
    let good = sign(SECRET, INDENTED.as_bytes(), NOW);
    let other = sign(SECRET, b"{}", NOW - 7);
    let at = |secs: i64| sign(SECRET, INDENTED.as_bytes(), secs);
    let v0 = Signing {
        secrets: &[],
        with_v0: true,
    }
    .header(INDENTED.as_bytes(), NOW);
    let decoded = "A secret in plain text.";
    let plain = "QSBzZWNyZXQgaW4gcGxhaW4gdGV4dC4=";
    let mut all = vec![
        signed("another account", "other_accounts_key", "whsec_of_two"),
        signed(
            "another environment",
            "other_environments_key",
            "whsec_of_the_live_one",
        ),
        signed("a secret that was replaced", "rotated_key", "whsec_before")
            .with(&["--old-secret", "whsec_before"]),
        signed("nobody's secret", "no_matching_key", "whsec_of_nobody"),
        signed(
            "spaces and a newline in the secret",
            "secret_with_white_space",
            SECRET,
        )
        .config(config_with(&format!(" {SECRET}\n"))),
        signed("quotes in the secret", "secret_quoted", SECRET)
            .config(config_with(&format!("\"{SECRET}\""))),
        signed("the prefix cut off", "secret_prefix", SECRET).config(config_with(plain)),
        signed("a prefix that is not the vendor's", "secret_prefix", plain),
        signed("the sender decodes", "secret_base64", decoded),
        signed("the receiver decodes", "secret_base64", SECRET).config(config_with(decoded)),
        signed(
            "the sender encodes",
            "secret_base64",
            &STANDARD.encode(SECRET),
        ),
        case("too old", "stale").header(HEADER, at(NOW - 301)),
        case("to come", "from_the_future").header(HEADER, at(NOW + 301)),
        case("stripped", "missing_header").header("Via", "1.1 proxy"),
        case("blank", "missing_header").header(HEADER, ""),
        case("renamed", "header_renamed").header("X-Original-Stripe-Signature", &good),
        case("twice", "header_repeated")
            .header(HEADER, &good)
            .header(HEADER, &good),
        case("with another", "header_repeated")
            .header(HEADER, &other)
            .header(HEADER, &good),
        case("folded", "header_repeated").header(HEADER, format!("{other}, {good}")),
        case("cut in the signature", "header_truncated")
            .likely()
            .header(HEADER, &good[..60]),
        case("cut before the signature", "header_truncated")
            .likely()
            .header(HEADER, &good[..12]),
        case("quoted", "header_altered").header(HEADER, format!("\"{good}\"")),
        case("with blanks in it", "header_altered").header(HEADER, good.replace('=', " = ")),
        case("no header of the vendor's", "malformed_header")
            .header(HEADER, format!("sha512={}", "ab".repeat(64))),
        case("only the dummy scheme", "legacy_scheme").header(HEADER, &v0),
        case("a scheme to come", "no_known_scheme").header(HEADER, format!("t={NOW},v9=ab")),
        case("another vendor", "other_vendors_signature")
            .likely()
            .header("X-SHA2-Signature", "ab".repeat(32)),
    ];
    for change in changed(INDENTED, &compact()) {
        let mut case = case(change.name, change.cause)
            .header(HEADER, sign(SECRET, &change.signed, NOW))
            .body(change.arrived);
        case.certainty = change.certainty;
        all.push(case);
    }
    all
}
