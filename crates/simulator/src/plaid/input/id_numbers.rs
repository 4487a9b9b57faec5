//! The forms of identification numbers.

/// Type and form. In a form, `9` stands for a digit, `A` for a capital letter, `X` for either of them, `K` for a digit
/// or the letter K; `{3,5}` behind it says how many. Everything else is not in there.
const FORMS: &[(&str, &str)] = &[
    ("ar_dni", "9{8,10}"),
    ("au_drivers_license", "X{6,11}"),
    ("au_passport", "X{7,9}"),
    ("br_cpf", "9{11,11}"),
    ("ca_sin", "9{9,9}"),
    ("cl_run", "9{7,8}K{1,1}"),
    // The page lists a second form, of which the stored copy is cut; 18 places is that of the cards in use.
    ("cn_resident_card", "9{15,15}"),
    ("cn_resident_card", "9{17,17}X{1,1}"),
    ("co_nit", "9{8,10}"),
    ("dk_cpr", "9{9,11}"),
    ("eg_national_id", "9{14,14}"),
    ("es_dni", "9{8,8}A{1,1}"),
    ("es_nie", "A{1,1}9{7,7}A{1,1}"),
    ("hk_hkid", "X{8,9}"),
    ("in_pan", "A{5,5}9{4,4}A{1,1}"),
    // Newer than the file.
    ("in_epic", "A{3,3}9{7,7}"),
    ("it_cf", "A{6,6}9{2,2}A{1,1}9{2,2}A{1,1}9{3,3}A{1,1}"),
    ("jo_civil_id", "9{10,14}"),
    ("jp_my_number", "9{12,12}"),
    ("ke_huduma_namba", "9{10,10}"),
    ("kw_civil_id", "9{12,12}"),
    ("mx_curp", "A{4,4}9{6,6}A{6,6}X{1,1}9{1,1}"),
    ("mx_rfc", "A{4,4}9{6,6}X{3,3}"),
    ("my_nric", "9{12,12}"),
    ("ng_nin", "9{11,11}"),
    ("nz_drivers_license", "A{2,2}9{6,6}"),
    ("om_civil_id", "9{8,9}"),
    ("ph_psn", "9{12,12}"),
    ("pl_pesel", "9{11,11}"),
    ("ro_cnp", "9{13,13}"),
    ("sa_national_id", "X{10,10}"),
    ("se_pin", "9{9,12}"),
    ("sg_nric", "A{1,1}9{7,7}A{1,1}"),
    ("tr_tc_kimlik", "9{11,11}"),
    ("us_ssn", "9{9,9}"),
    ("us_ssn_last_4", "9{4,4}"),
    ("za_smart_id", "9{13,13}"),
];

/// Whether a number has the form of its type. None: there is no such type.
pub(super) fn is_right(number_type: &str, value: &str) -> Option<bool> {
    let mut forms = FORMS
        .iter()
        .filter(|(name, _)| *name == number_type)
        .peekable();
    forms.peek()?;
    let has_form = forms.any(|(_, form)| has_form(value, form));
    Some(has_form && (number_type != "us_ssn" || is_ssn(value)))
}

/// A form is a sequence of classes, each with its bounds.
fn has_form(value: &str, form: &str) -> bool {
    let classes: Vec<_> = form.split_inclusive('}').filter_map(class).collect();
    matches(value.as_bytes(), &classes)
}

type Class = (u8, usize, usize);

fn class(text: &str) -> Option<Class> {
    let (kind, bounds) = text.strip_suffix('}')?.split_once('{')?;
    let (least, most) = bounds.split_once(',')?;
    let kind = kind.as_bytes().first()?;
    Some((*kind, least.parse().ok()?, most.parse().ok()?))
}

fn matches(value: &[u8], classes: &[Class]) -> bool {
    let Some(((kind, least, most), rest)) = classes.split_first() else {
        return value.is_empty();
    };
    (*least..=*most).any(|length| {
        value.split_at_checked(length).is_some_and(|(piece, left)| {
            piece.iter().all(|byte| is_of(*kind, *byte)) && matches(left, rest)
        })
    })
}

const fn is_of(kind: u8, byte: u8) -> bool {
    match kind {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_uppercase(),
        b'K' => byte.is_ascii_digit() || matches!(byte, b'K' | b'k'),
        _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
    }
}

/// Numbers that were never given out. Those of taxpayers who have no social security number begin with 9.
fn is_ssn(value: &str) -> bool {
    let part = |from: usize, to: usize| value.get(from..to).unwrap_or_default();
    !value.starts_with('9')
        && !["666", "000"].contains(&part(0, 3))
        && part(3, 5) != "00"
        && part(5, 9) != "0000"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_whole() {
        for (number_type, right, wrong) in [
            ("us_ssn", "123456789", "12345678"),
            ("us_ssn", "123456788", "666456788"),
            ("us_ssn", "123456788", "912345678"),
            ("us_ssn", "123456788", "123006788"),
            ("us_ssn", "123456788", "123450000"),
            ("us_ssn_last_4", "6789", "678"),
            ("cl_run", "12345678K", "123456K"),
            ("cl_run", "12345678", "1234567890"),
            ("cn_resident_card", "11010519491231002X", "1101051949123100"),
            ("es_dni", "12345678Z", "12345678z"),
            ("it_cf", "RSSMRA85T10A562S", "RSSMRA85T10A562"),
            ("mx_curp", "GODE561231GDFRRN04", "GODE561231GDFRRN0"),
            ("hk_hkid", "A1234567", "A123456"),
        ] {
            assert_eq!(is_right(number_type, right), Some(true), "{number_type}");
            assert_eq!(is_right(number_type, wrong), Some(false), "{number_type}");
        }
        assert_eq!(is_right("us_itin", "912345678"), None);
        assert_eq!(is_right("br_cpf", "1234567890 "), Some(false));
    }

    #[test]
    fn every_form_can_be_read() {
        for (name, form) in FORMS {
            let classes: Vec<_> = form.split_inclusive('}').map(class).collect();
            assert!(classes.iter().all(Option::is_some), "{name}");
        }
    }
}
