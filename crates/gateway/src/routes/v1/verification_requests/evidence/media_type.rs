//! What a file may call itself.

use idv_core::EvidenceRole;

/// What vendors' files are, and the ending of their names. What is not listed goes out as bytes without a meaning: a
/// page, a script or a drawing that holds one must never be opened as such under our name.
const KNOWN: &[(&str, &str)] = &[
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("image/heic", "heic"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
    ("video/quicktime", "mov"),
    ("application/pdf", "pdf"),
    ("application/json", "json"),
    ("application/zip", "zip"),
];

const UNKNOWN: (&str, &str) = ("application/octet-stream", "bin");

/// The media type an answer says, and the ending of the file's name, for what the vendor says.
pub(super) fn known(said: Option<&str>) -> (&'static str, &'static str) {
    let said = said.and_then(|said| said.split(';').next());
    let said = said.unwrap_or_default().trim();
    KNOWN
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(said))
        .copied()
        .unwrap_or(UNKNOWN)
}

/// The name under which a file is saved: words of ours only.
pub(super) fn file_name(role: &EvidenceRole, ending: &str) -> String {
    let word = match role {
        EvidenceRole::Unknown(_) => "file".into(),
        role => role.as_word(),
    };
    format!("{word}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_keeps_its_type() {
        assert_eq!(known(Some("image/PNG; a=b")), ("image/png", "png"));
        assert_eq!(known(Some(" application/pdf")), ("application/pdf", "pdf"));
        for other in [
            "text/html",
            "image/svg+xml",
            "text/javascript",
            "",
            "image/",
        ] {
            assert_eq!(known(Some(other)), UNKNOWN, "{other}");
        }
        assert_eq!(known(None), UNKNOWN);
    }

    #[test]
    fn a_name_holds_words_of_ours_only() {
        assert_eq!(file_name(&EvidenceRole::Report, "pdf"), "report.pdf");
        let strange = EvidenceRole::Unknown("\"; x=../../etc".to_owned());
        assert_eq!(file_name(&strange, "bin"), "file.bin");
    }
}
