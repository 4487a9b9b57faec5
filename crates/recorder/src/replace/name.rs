//! Names: each word by itself, so that a whole name and its parts agree, and a machine-readable zone with both.

use super::draw::Draw;
use super::{Family, Replacements};
use crate::leftover::Weight;

const BEGINS: &[&str] = &[
    "Bav", "Dov", "Fiv", "Gaz", "Hux", "Jov", "Kez", "Luv", "Mox", "Nuz", "Pav", "Quv", "Rez",
    "Siv", "Tuz", "Vax", "Wez", "Xav", "Yov", "Zuk",
];
const MIDDLES: &[&str] = &["ab", "ek", "id", "of", "ug", "ap", "ev", "iz", "ok", "ux"];
const ENDS: &[&str] = &[
    "avo", "eku", "iza", "oxi", "uve", "ako", "ezu", "iva", "oku", "uza",
];

/// A word that is nobody's name.
pub(super) fn invented(draw: &mut Draw<'_>) -> String {
    let mut pick = |from: &[&'static str]| {
        let index = draw.below(u32::try_from(from.len()).unwrap_or(1)) as usize;
        from.get(index).copied().unwrap_or_default()
    };
    format!(
        "{}{}{}{}",
        pick(BEGINS),
        pick(MIDDLES),
        pick(MIDDLES),
        pick(ENDS)
    )
}

/// A word as a machine-readable zone writes it, which is also how two ways of writing one name are known to be the same.
pub(super) fn plain(word: &str) -> String {
    let mut plain = String::new();
    for c in word.chars().flat_map(char::to_uppercase) {
        match c {
            'Ä' | 'Æ' => plain.push_str("AE"),
            'Ö' | 'Ø' | 'Œ' => plain.push_str("OE"),
            'Ü' => plain.push_str("UE"),
            'Å' => plain.push_str("AA"),
            'ẞ' => plain.push_str("SS"),
            'À' | 'Á' | 'Â' | 'Ã' | 'Ā' | 'Ą' => plain.push('A'),
            'Ç' | 'Ć' | 'Č' => plain.push('C'),
            'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => plain.push('E'),
            'Ì' | 'Í' | 'Î' | 'Ï' | 'İ' => plain.push('I'),
            'Ñ' | 'Ń' => plain.push('N'),
            'Ò' | 'Ó' | 'Ô' | 'Õ' => plain.push('O'),
            'Ù' | 'Ú' | 'Û' => plain.push('U'),
            'Ś' | 'Š' | 'Ş' => plain.push('S'),
            'Ý' | 'Ÿ' => plain.push('Y'),
            'Ź' | 'Ż' | 'Ž' => plain.push('Z'),
            'Ł' => plain.push('L'),
            other => plain.push(other),
        }
    }
    plain
}

impl Replacements {
    /// A name, whole or in part: every word in it becomes another, in the same case; what stands between them stays.
    pub(crate) fn name(&mut self, name: &str) -> String {
        self.forget(name, Weight::Person);
        let mut out = String::new();
        let mut word = String::new();
        for c in name.chars().chain(std::iter::once(' ')) {
            if c.is_alphanumeric() {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                out.push_str(&self.name_word(&word));
                word.clear();
            }
            // Signs of other scripts and anything odd become a plain space.
            out.push(if c.is_ascii() { c } else { ' ' });
        }
        out.pop();
        self.written(out)
    }

    fn name_word(&mut self, word: &str) -> String {
        self.forget(word, Weight::Person);
        let plain = plain(word);
        let given = self.once(Family::Word, &plain, invented);
        let has_lower = word.chars().any(char::is_lowercase);
        let begins_upper = word.chars().next().is_some_and(char::is_uppercase);
        match (has_lower, begins_upper) {
            (false, true) if word.chars().count() > 1 => given.to_uppercase(),
            (true, false) => given.to_lowercase(),
            _ => given,
        }
    }

    /// A word of a name in a machine-readable zone; `cut_off` says that the line ends with it, perhaps too early.
    pub(super) fn name_in_a_zone(&mut self, word: &str, cut_off: bool) -> String {
        self.forget(word, Weight::Person);
        let whole = self
            .given
            .keys()
            .filter(|(family, _)| *family == Family::Word);
        let whole = whole
            .map(|(_, plain)| plain)
            .filter(|plain| cut_off && plain.starts_with(word))
            .min()
            .cloned();
        let plain = whole.unwrap_or_else(|| word.to_owned());
        self.once(Family::Word, &plain, invented).to_uppercase()
    }

    /// A town: one invented word, whatever the town is called.
    pub(crate) fn town(&mut self, town: &str) -> String {
        self.forget(town, Weight::Person);
        let given = self.once(Family::Town, &plain(town.trim()), invented);
        self.written(given)
    }
}
