//! A table as it is asked: by the names that lead to a place.

use std::collections::{HashMap, HashSet};

use crate::class::Class;
use crate::table::{Table, lists};

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

/// A table, sorted.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) table: &'static Table,
    /// The rows by the last of their names.
    rows: HashMap<&'static str, Vec<(Vec<&'static str>, Class)>>,
    /// The members below which everything has one class.
    within: Vec<(Vec<&'static str>, Class)>,
    /// Every name in the table.
    known: HashSet<&'static str>,
    /// Every word of the vendor's vocabulary.
    words: HashSet<&'static str>,
}

impl Lookup {
    pub(crate) fn new(table: &'static Table) -> Self {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        let mut known: HashSet<&str> = table.open.split_whitespace().collect();
        known.extend(table.holders.split_whitespace());
        for (class, members) in table.members {
            for member in members.split_whitespace() {
                let names: Vec<&str> = member.split('/').collect();
                known.extend(&names);
                let last = names.last().copied().unwrap_or_default();
                rows.entry(last).or_default().push((names, *class));
            }
        }
        let within = table.within.iter();
        let within: Vec<(Vec<&str>, Class)> = within
            .map(|(path, class)| (path.split('/').collect(), *class))
            .collect();
        known.extend(within.iter().flat_map(|(names, _)| names));
        Self {
            table,
            rows,
            within,
            known,
            words: all_words(table).collect(),
        }
    }

    /// The class of a place. `names` are the members that lead to it, without the numbers of items.
    pub(crate) fn find(&self, names: &[&str]) -> Found {
        let above = names.split_last().map_or(&[][..], |(_, above)| above);
        if let Some(class) = self.within_class(above) {
            return Found::Class(class);
        }
        let class = self.longest(names);
        // An open member may itself be a value, or a list of values.
        if self.is_open(names) {
            return Found::Open(class);
        }
        class.map_or(Found::Nothing, Found::Class)
    }

    /// True if one of these members leaves the names below it to users.
    pub(crate) fn is_open(&self, names: &[&str]) -> bool {
        names.iter().any(|name| lists(self.table.open, name))
    }

    /// The class of everything below one of these members, if it is one.
    pub(crate) fn within_class(&self, names: &[&str]) -> Option<Class> {
        let mut rows = self.within.iter();
        let found = rows.find(|(path, _)| names.windows(path.len()).any(|window| window == path));
        found.map(|(_, class)| *class)
    }

    /// True if users choose the names below these members: those that no row has are replaced.
    pub(crate) fn is_chosen(&self, names: &[&str]) -> bool {
        let is_users = |class| !matches!(class, Class::Keep);
        self.is_open(names) || self.within_class(names).is_some_and(is_users)
    }

    fn longest(&self, names: &[&str]) -> Option<Class> {
        let rows = self.rows.get(names.last()?)?;
        let fitting = rows.iter().filter(|(path, _)| names.ends_with(path));
        let longest = fitting.max_by_key(|(path, _)| path.len());
        longest.map(|(_, class)| *class)
    }

    /// True for a word of the vendor's: of its vocabulary, or the name of a member.
    pub(crate) fn is_listed(&self, word: &str) -> bool {
        self.words.contains(word) || self.known.contains(word)
    }

    /// True if any row names this member: then nothing and an empty object say no more than the vendor's form does.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known.contains(name)
    }
}

fn all_words(table: &Table) -> impl Iterator<Item = &'static str> {
    [table.words, table.vocabulary, "true false"]
        .into_iter()
        .flat_map(str::split_whitespace)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::class::PersonKind;
    use crate::table::Signing;

    pub(crate) const TABLE: Table = Table {
        members: &[
            (Class::Keep, "status address/city"),
            (Class::Person(PersonKind::City), "city"),
            (Class::Id, "id"),
        ],
        within: &[("error/fields", Class::Reference)],
        open: "output",
        holders: "holder",
        words: "",
        vocabulary: "",
        paths: "/v1/things/{id}",
        id_prefixes: "",
        secret_prefixes: "",
        url_words: "docs",
        hosts: "vendor.example",
        headers: &[],
        files: None,
        signing: Signing::Secret {
            header: "x",
            test_secret: "y",
            sign: |_, _, _| String::new(),
        },
    };

    #[test]
    fn the_longest_name_that_fits_holds() {
        let lookup = Lookup::new(&TABLE);
        let city = Found::Class(Class::Person(PersonKind::City));
        assert_eq!(lookup.find(&["city"]), city);
        assert_eq!(lookup.find(&["a", "city"]), city);
        assert_eq!(
            lookup.find(&["a", "address", "city"]),
            Found::Class(Class::Keep)
        );
        assert_eq!(lookup.find(&["error", "city"]), city);
        assert_eq!(
            lookup.find(&["error", "fields", "a", "city"]),
            Found::Class(Class::Reference)
        );
        assert_eq!(lookup.find(&["novelty"]), Found::Nothing);
        assert_eq!(lookup.find(&["output", "novelty"]), Found::Open(None));
        assert_eq!(
            lookup.find(&["a", "output", "status"]),
            Found::Open(Some(Class::Keep))
        );
        assert_eq!(lookup.find(&[]), Found::Nothing);
        assert!(
            ["holder", "address", "fields", "output", "id"]
                .iter()
                .all(|name| lookup.knows(name))
        );
        assert!(!lookup.knows("novelty"));
    }

    #[test]
    fn hosts_and_words_of_addresses_are_the_vendors_only() {
        assert!(TABLE.is_host("vendor.example") && TABLE.is_host("api.vendor.example"));
        assert!(!TABLE.is_host("notvendor.example") && !TABLE.is_host("vendor.example.org"));
        assert!(TABLE.is_path_word("things") && TABLE.is_path_word("docs"));
        assert!(!TABLE.is_path_word("{id}") && !TABLE.is_path_word(""));
    }
}
