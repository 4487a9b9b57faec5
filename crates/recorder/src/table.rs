//! A vendor's table: for each place its class, by the names that lead to it.

use crate::class::Class;
pub use crate::headers::Header;
use crate::signing::KeyFault;

/// What is known about a vendor's traffic. What is not in here is refused. Lists are words between spaces.
#[derive(Debug)]
pub struct Table {
    /// The classes of members, entries and parts. A place is named by the end of its path: `city`, or
    /// `address/city` where the shorter name would say too little. The longest name that fits holds.
    pub members: &'static [(Class, &'static str)],
    /// Members below which everything has one class, whatever it is called.
    pub within: &'static [(&'static str, Class)],
    /// Members below which users choose the names. What a member of `members` promises is not believed there: of a
    /// listed member a word is kept if it is one of `words`, and everything else is replaced: names that are in no row,
    /// numbers, times and codes too.
    pub open: &'static str,
    /// Members that only hold others. (Those that hold a classified one need not be here.)
    pub holders: &'static str,
    /// Words of the vendor's that stay for [`Class::Hint`] and below `open`. People in a sandbox are called so too, some of
    /// them by the vendor's own rules.
    pub words: &'static str,
    /// The words of the vendor's enumerations: what a [`Class::Keep`] may hold.
    pub vocabulary: &'static str,
    /// The paths of the API. `{id}` stands for an id.
    pub paths: &'static str,
    /// What the vendor's ids begin with. Whatever else an id begins with is replaced with the rest of it.
    pub id_prefixes: &'static str,
    /// What the vendor's keys and tokens begin with, in all of its environments.
    pub secret_prefixes: &'static str,
    /// Words in the paths of other URLs of the vendor.
    pub url_words: &'static str,
    /// The ends of the vendor's host names.
    pub hosts: &'static str,
    /// Its own headers that are kept, in lower case.
    pub headers: &'static [(&'static str, Header)],
    /// Where it takes and gives files, if that is another host.
    pub files: Option<Files>,
    /// How it signs webhooks.
    pub signing: Signing,
}

/// A host for files.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    /// Beside this base of the API, and no other: a stand-in has everything in one place.
    pub beside: &'static str,
    /// Its base.
    pub base: &'static str,
    /// Whether a request is for it, by its method and its path.
    pub is_for: fn(&http::Method, &str) -> bool,
}

/// How a vendor signs webhooks.
#[derive(Clone, Copy, Debug)]
pub enum Signing {
    /// With a secret that it shares with the account.
    Secret {
        /// The header.
        header: &'static str,
        /// What the recording's test secret is: of the vendor's form, and marked.
        test_secret: &'static str,
        /// The header's value, for a secret, a body and a time in seconds since the Unix epoch.
        sign: fn(&str, &[u8], i64) -> String,
    },
    /// With a pair of keys, whose public half it publishes.
    KeyPair {
        /// The header.
        header: &'static str,
        /// The path at which the public half is asked for; the body has its id as `key_id`.
        endpoint: &'static str,
        /// A new pair, in use from this time on.
        generate: fn(i64) -> Result<KeyPair, KeyFault>,
        /// The header's value, for the private half, a body and a time.
        sign: SignWithPair,
    },
}

/// A signature with a pair of keys.
pub type SignWithPair = fn(&[u8], &[u8], i64) -> Result<String, KeyFault>;

/// A pair of keys.
#[derive(Debug)]
pub struct KeyPair {
    /// The private half, as PKCS #8.
    pub private: Vec<u8>,
    /// The public half, as the vendor publishes it.
    pub jwk: serde_json::Value,
}

/// True if a list of words between spaces has this one.
pub(crate) fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// True if there are only digits.
pub(crate) fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `v1`, `v3.6`: the version of an API, as a part of a path.
pub(crate) fn is_version(segment: &str) -> bool {
    let parts = segment.strip_prefix('v').map(|number| number.split('.'));
    let is_number = |part: &str| (1..=2).contains(&part.len()) && all_digits(part);
    parts.is_some_and(|mut parts| parts.clone().count() <= 2 && parts.all(is_number))
}

/// How much of a text is the longest of the listed words that it begins with.
pub(crate) fn listed_prefix(list: &str, text: &str) -> usize {
    let fitting = list
        .split_whitespace()
        .filter(|prefix| text.starts_with(prefix));
    fitting.map(str::len).max().unwrap_or_default()
}

impl Table {
    /// True for a segment that some path of the API has.
    pub(crate) fn is_path_word(&self, segment: &str) -> bool {
        let of_the_api = self.paths.split(['/', ' ']).any(|part| part == segment);
        (of_the_api && !segment.is_empty() && !segment.starts_with('{'))
            || lists(self.url_words, segment)
    }

    /// True for a host of the vendor.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        self.hosts.split_whitespace().any(|end| {
            let before = host.strip_suffix(end);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }
}
