//! HMAC over the body alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_simulator::onfido::sign;

use super::body::{INDENTED, changed, compact};
use super::broken::{Broken, account};

const HEADER: &str = "X-SHA2-Signature";
const TOKEN: &str = "QSB0b2tlbiBpbiBwbGFpbiB0ZXh0Lg==";

fn config_with(own: &str) -> String {
    [
        account("one", "onfido", "sandbox", own),
        account("two", "onfido", "sandbox", "token-of-two"),
        account("real", "onfido", "live", "token-of-the-live-one"),
        account("elsewhere", "stripe", "sandbox", "whsec_of_another_vendor"),
    ]
    .concat()
}

fn case(name: &'static str, cause: &'static str) -> Broken {
    Broken::new(name, cause)
        .body(compact())
        .config(config_with(TOKEN))
}

fn signed(name: &'static str, cause: &'static str, token: &str) -> Broken {
    case(name, cause).header(HEADER, sign(token, compact().as_bytes()))
}

pub(crate) fn whole() -> Broken {
    signed("whole", "", TOKEN)
}

pub(crate) fn broken() -> Vec<Broken> {
    let good = sign(TOKEN, compact().as_bytes());
    let other = sign(TOKEN, b"{}");
    let decoded = "A token in plain text.";
    let mut all = vec![
        signed("another account", "other_accounts_key", "token-of-two"),
        signed(
            "another environment",
            "other_environments_key",
            "token-of-the-live-one",
        ),
        signed("a token that was replaced", "rotated_key", "token-before")
            .file("old", "token-before\n")
            .with(&["--old-secret-file", "old"]),
        signed("nobody's token", "no_matching_key", "token-of-nobody"),
        signed("a newline in the token", "secret_with_white_space", TOKEN)
            .config(config_with(&format!("{TOKEN}\n"))),
        signed("quotes in the token", "secret_quoted", TOKEN)
            .config(config_with(&format!("'{TOKEN}'"))),
        signed("the sender decodes", "secret_base64", decoded),
        signed("the receiver decodes", "secret_base64", TOKEN).config(config_with(decoded)),
        signed(
            "the sender encodes",
            "secret_base64",
            &STANDARD.encode(TOKEN),
        ),
        case("stripped", "missing_header"),
        case("renamed", "header_renamed").header("X-Forwarded-X-SHA2-Signature", &good),
        case("twice", "header_repeated")
            .header(HEADER, &good)
            .header(HEADER, &good),
        case("folded", "header_repeated").header(HEADER, format!("{other}, {good}")),
        case("cut off", "header_truncated")
            .likely()
            .header(HEADER, &good[..40]),
        case("quoted", "header_altered").header(HEADER, format!("\"{good}\"")),
        case("with a prefix", "header_altered").header(HEADER, format!("sha256={good}")),
        case("no header of the vendor's", "malformed_header").header(HEADER, "ab".repeat(33)),
        case("the retired scheme", "legacy_scheme").header("X-Signature", "ab".repeat(20)),
        case("another vendor", "other_vendors_signature")
            .likely()
            .header("Stripe-Signature", format!("t=1,v1={}", "ab".repeat(32))),
    ];
    for (own, other) in [
        (compact(), four(INDENTED)),
        (INDENTED.to_owned(), tabs(INDENTED)),
    ] {
        for change in changed(&own, &other) {
            let mut case = case(change.name, change.cause)
                .header(HEADER, sign(TOKEN, &change.signed))
                .body(change.arrived);
            case.certainty = change.certainty;
            all.push(case);
        }
    }
    all
}

/// Indented by four spaces instead of two.
fn four(text: &str) -> String {
    text.replace("  ", "    ")
}

fn tabs(text: &str) -> String {
    text.replace("  ", "\t")
}
