//! What somebody wrote, and how files are called.

use super::{Family, Replacements};
use crate::leftover::Weight;
use crate::table::lists;

const NEUTRAL: &str =
    "some words that stand here in the place of others and say nothing of their own ";

/// Neutral words of as many characters.
fn neutral(length: usize) -> String {
    let mut text: String = NEUTRAL.chars().cycle().take(length).collect();
    if text.ends_with(' ') {
        text.pop();
        text.push('.');
    }
    text
}

/// What the files end with that vendors take and hand out.
const ENDINGS: &str = "bmp gif heic heif jpeg jpg mov mp4 pdf png tif tiff webm webp zip";

impl Replacements {
    /// A text: neutral words of the same length.
    pub(crate) fn text(&mut self, text: &str) -> String {
        self.forget(text, Weight::Text);
        let neutral = neutral(text.chars().count());
        self.written(neutral)
    }

    /// A single word that is not known. It may be the vendor's newest, or a name: where the tables have it, it stays.
    pub(crate) fn neutral_word(&mut self, word: &str) -> String {
        self.forget(word, Weight::Reference);
        let neutral = neutral(word.chars().count());
        self.written(neutral)
    }

    /// The name of a file; what it ends with says what it is, and stays if it is listed.
    pub(crate) fn file_name(&mut self, name: &str) -> String {
        self.forget(name, Weight::Person);
        let ending = name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        let ending = ending.filter(|ending| lists(ENDINGS, ending));
        let ending = ending.map_or_else(String::new, |ending| format!(".{ending}"));
        let given = self.numbered(Family::File, name, |count| {
            format!("recorded-{count}{ending}")
        });
        self.written(given)
    }
}
