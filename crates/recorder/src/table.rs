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
    /// Members below which users choose the names. What a member of `members` promises is not believed there: a word is
    /// kept only if it is in the vocabulary, and what is not listed is a reference.
    pub open: &'static str,
    /// Members that only hold others. (Those that hold a classified one need not be here.)
    pub holders: &'static str,
    /// The vendor's vocabulary: for [`Class::Hint`], below `open`, and because people in a sandbox are called so too, some
    /// of them by the vendor's own rules.
    pub words: &'static str,
    /// The paths of the API. `{id}` stands for an id, `{reference}` for what a user has chosen.
    pub paths: &'static str,
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

/// What a table says about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// This.
    Class(Class),
    /// This, but below an open member.
    Open(Option<Class>),
    /// Nothing.
    Nothing,
}

/// True if a list of words between spaces has this one.
pub(crate) fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// True if the path of a place ends with these names.
fn ends_with(names: &[&str], end: &str) -> bool {
    let mut left = names.iter().rev();
    end.rsplit('/').all(|part| left.next() == Some(&part))
}

impl Table {
    /// The class of a place. `names` are the members that lead to it, without the numbers of items.
    pub(crate) fn find(&self, names: &[&str]) -> Found {
        let above = names.split_last().map_or(&[][..], |(_, above)| above);
        if let Some(class) = self.within_class(above) {
            return Found::Class(class);
        }
        let class = self.longest(names);
        // An open member may itself be a value, or a list of values.
        if names.iter().any(|name| lists(self.open, name)) {
            return Found::Open(class);
        }
        class.map_or(Found::Nothing, Found::Class)
    }

    /// The class of everything below one of these members, if it is one.
    pub(crate) fn within_class(&self, names: &[&str]) -> Option<Class> {
        let holds = |path: &str| {
            (0..=names.len()).any(|end| ends_with(names.get(..end).unwrap_or(&[]), path))
        };
        let found = self.within.iter().find(|(path, _)| holds(path));
        found.map(|(_, class)| *class)
    }

    fn longest(&self, names: &[&str]) -> Option<Class> {
        let rows = self.members.iter();
        let fitting = rows.flat_map(|(class, members)| {
            let members = members.split_whitespace();
            let fitting = members.filter(|member| ends_with(names, member));
            fitting.map(|member| (member.split('/').count(), *class))
        });
        fitting
            .max_by_key(|(parts, _)| *parts)
            .map(|(_, class)| class)
    }

    /// True if any row names this member: then nothing and an empty object say no more than the vendor's form does.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let mut lists_with_paths = self.members.iter().map(|(_, members)| *members);
        lists_with_paths.any(|members| members.split(['/', ' ']).any(|part| part == name))
            || self
                .within
                .iter()
                .any(|(path, _)| path.split('/').any(|part| part == name))
            || lists(self.open, name)
            || lists(self.holders, name)
    }

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
