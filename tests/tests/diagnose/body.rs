//! What happens to bodies on their way.

use serde_json::Value;

/// Something that happened to a body.
pub(crate) struct Changed {
    pub(crate) name: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) certainty: &'static str,
    pub(crate) signed: Vec<u8>,
    pub(crate) arrived: Vec<u8>,
}

/// As it is laid out by vendors that indent. Its members are in no order; it has what programs like to escape.
pub(crate) const INDENTED: &str = r#"{
  "id": "evt_1",
  "api_version": "2026-08-26",
  "data": {
    "name": "Zoë <Ångström> & sons",
    "url": "https://example.com/a",
    "amounts": [
      1.50,
      -2e3
    ],
    "none": {},
    "empty": []
  },
  "live": false,
  "null": null
}"#;

/// The same values on one line.
pub(crate) fn compact() -> String {
    r#"{"id":"evt_1","api_version":"2026-08-26","data":{"name":"Zoë <Ångström> & sons","url":"https://example.com/a","amounts":[1.50,-2e3],"none":{},"empty":[]},"live":false,"null":null}"#.to_owned()
}

/// The same with its members sorted, as by programs that keep none of their order.
fn sorted() -> Value {
    serde_json::from_str(INDENTED).unwrap()
}

/// The same, indented, with the numbers as they were.
fn sorted_with_the_same_numbers() -> String {
    let text = serde_json::to_string_pretty(&sorted()).unwrap();
    text.replace("-2000.0", "-2e3").replace("1.5,", "1.50,")
}

/// `own`: how the vendor writes this body; `other`: the same values as it never writes them.
pub(crate) fn changed(own: &str, other: &str) -> Vec<Changed> {
    let proven = |name, cause, signed: &[u8], arrived: &[u8]| Changed {
        name,
        cause,
        certainty: "proven",
        signed: signed.to_vec(),
        arrived: arrived.to_vec(),
    };
    let likely = |name, cause, arrived: &[u8]| Changed {
        certainty: "likely",
        ..proven(name, cause, own.as_bytes(), arrived)
    };
    let (line, crlf) = (format!("{own}\n"), INDENTED.replace('\n', "\r\n"));
    let latin_1 = |text: &str| -> Vec<u8> {
        text.chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect()
    };
    let twice: String = own.bytes().map(char::from).collect();
    let utf_16: Vec<u8> = own.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let escaped = other
        .replace('ë', "\\u00eb")
        .replace('Å', "\\u00c5")
        .replace('ö', "\\u00f6");
    let own_escaped = own
        .replace('ë', "\\u00eb")
        .replace('Å', "\\u00c5")
        .replace('ö', "\\u00f6");
    let html = own
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let slashes = own.replace('/', "\\/");
    let (own, other) = (own.as_bytes(), other.as_bytes());
    let line = line.as_bytes();
    let (reserialised, space) = ("body_reserialised", "body_white_space");
    vec![
        proven("written in another layout", reserialised, own, other),
        proven("another layout, newline lost", reserialised, line, other),
        proven(
            "another layout and escapes",
            reserialised,
            own,
            escaped.as_bytes(),
        ),
        proven("escapes undone", reserialised, own_escaped.as_bytes(), own),
        proven("escapes added", reserialised, own, own_escaped.as_bytes()),
        proven(
            "escaped slashes undone",
            reserialised,
            slashes.as_bytes(),
            own,
        ),
        proven(
            "escaped slashes added",
            reserialised,
            own,
            slashes.as_bytes(),
        ),
        proven("escapes for HTML added", reserialised, own, html.as_bytes()),
        proven(
            "escapes for HTML undone",
            reserialised,
            html.as_bytes(),
            own,
        ),
        proven(
            "sorted members shuffled",
            reserialised,
            sorted_with_the_same_numbers().as_bytes(),
            other,
        ),
        likely(
            "members sorted, their order lost",
            reserialised,
            sorted().to_string().replace(':', ":  ").as_bytes(),
        ),
        proven("newline at the end lost", space, line, own),
        proven("newline at the end added", space, own, line),
        proven(
            "CRLF at the end added",
            space,
            own,
            &[own, b"\r\n"].concat(),
        ),
        proven(
            "white space around it added",
            space,
            own,
            &[b" \t", own, b"\n\n"].concat(),
        ),
        proven("LF made CRLF", space, INDENTED.as_bytes(), crlf.as_bytes()),
        proven("CRLF made LF", space, crlf.as_bytes(), INDENTED.as_bytes()),
        proven(
            "byte order mark added",
            space,
            own,
            &[b"\xef\xbb\xbf", own].concat(),
        ),
        proven(
            "made ISO 8859-1",
            "body_character_set",
            own,
            &latin_1(std::str::from_utf8(own).unwrap()),
        ),
        proven(
            "made UTF-8 twice",
            "body_character_set",
            own,
            twice.as_bytes(),
        ),
        proven("made UTF-16", "body_character_set", own, &utf_16),
        likely(
            "characters lost",
            "body_character_set",
            std::str::from_utf8(own)
                .unwrap()
                .replace('ë', "\u{fffd}")
                .as_bytes(),
        ),
        likely("read before and not there any more", "body_empty", b""),
        likely("cut off", "body_truncated", &own[..own.len() - 20]),
    ]
}
