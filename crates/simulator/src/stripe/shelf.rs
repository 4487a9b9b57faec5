//! Objects in the order in which they were made, found by id and listed in pages.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;

/// How many objects a page holds if nothing is said.
const USUAL_LIMIT: usize = 10;

/// Objects of one kind. What is taken away leaves its place empty, so that pages do not move.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    items: Vec<Option<(String, T)>>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T> Shelf<T> {
    /// Adds an object, or puts it in the place of the one of this id.
    pub(super) fn put(&mut self, id: impl Into<String>, item: T) {
        let id = id.into();
        let place = *self.places.entry(id.clone()).or_insert(self.items.len());
        match self.items.get_mut(place) {
            Some(slot) => *slot = Some((id, item)),
            None => self.items.push(Some((id, item))),
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        let slot = self.items.get(*self.places.get(id)?)?;
        slot.as_ref().map(|(_, item)| item)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let slot = self.items.get_mut(*self.places.get(id)?)?;
        slot.as_mut().map(|(_, item)| item)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<T> {
        let slot = self.items.get_mut(self.places.remove(id)?)?;
        slot.take().map(|(_, item)| item)
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.items
            .iter()
            .flatten()
            .map(|(id, item)| (id.as_str(), item))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut().flatten().map(|(_, item)| item)
    }

    /// One page of a list, newest first. `what`: what such an object is called in the vendor's sentences.
    pub(super) fn page(
        &self,
        what: &str,
        params: &Params,
        keep: impl Fn(&T) -> bool,
    ) -> Result<Page<'_, T>, Refusal> {
        let limit = params.whole("limit").unwrap_or(USUAL_LIMIT as i64);
        let limit = usize::try_from(limit).unwrap_or(USUAL_LIMIT);
        let place = |name: &str| match params.text(name) {
            None => Ok(None),
            Some(id) => match self.places.get(id) {
                Some(place) => Ok(Some(*place)),
                None => Err(Refusal::no_such_given(what, id, name)),
            },
        };
        let kept = |from: usize, to: usize| {
            let range = self.items.get(from..to).unwrap_or_default();
            range.iter().flatten().filter(|(_, item)| keep(item))
        };
        let all = self.items.len();
        let (mut found, has_more): (Vec<_>, bool) = match (
            place("starting_after")?,
            place("ending_before")?,
        ) {
            (Some(_), Some(_)) => {
                let message =
                    "You may only specify one of these parameters: starting_after, ending_before.";
                let param = "ending_before";
                return Err(Refusal::of_param(param, "parameters_exclusive", message));
            }
            // Backwards: the ones just newer than the given one.
            (None, Some(before)) => {
                let mut newer = kept(before + 1, all);
                let mut found: Vec<_> = newer.by_ref().take(limit).collect();
                found.reverse();
                (found, newer.next().is_some())
            }
            (after, None) => {
                let mut older = kept(0, after.unwrap_or(all)).rev();
                let found: Vec<_> = older.by_ref().take(limit).collect();
                (found, older.next().is_some())
            }
        };
        let items = found.drain(..).map(|(_, item)| item).collect();
        Ok(Page { items, has_more })
    }
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page<'a, T> {
    pub(super) items: Vec<&'a T>,
    has_more: bool,
}

impl<T> Page<'_, T> {
    /// As the API shows it. `url`: the path of the list.
    pub(super) fn shown(&self, url: &str, show: impl Fn(&T) -> Value) -> Value {
        json!({
            "object": "list",
            "data": self.items.iter().map(|item| show(item)).collect::<Vec<_>>(),
            "has_more": self.has_more,
            "url": url,
        })
    }
}

/// Whether a time is within what a list was asked for in `created`.
pub(super) fn is_within(params: &Params, created_unix_secs: i64) -> bool {
    let bound = |name: &str| params.whole(&format!("created{name}"));
    bound("").is_none_or(|at| created_unix_secs == at)
        && bound("[gt]").is_none_or(|at| created_unix_secs > at)
        && bound("[gte]").is_none_or(|at| created_unix_secs >= at)
        && bound("[lt]").is_none_or(|at| created_unix_secs < at)
        && bound("[lte]").is_none_or(|at| created_unix_secs <= at)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use super::*;

    fn params(query: &str) -> Params {
        Params::of(
            &Request::get(format!("/?{query}"))
                .body(Bytes::new())
                .unwrap(),
        )
    }

    fn shelf() -> Shelf<i64> {
        let mut shelf = Shelf::default();
        for number in 1..=7 {
            shelf.put(format!("o_{number}"), number);
        }
        shelf
    }

    #[test]
    fn pages_go_from_new_to_old_and_back() {
        let shelf = shelf();
        let page = |query: &str| {
            let params = params(query);
            let page = shelf.page("object", &params, |_| true).unwrap();
            (
                page.items.into_iter().copied().collect::<Vec<_>>(),
                page.has_more,
            )
        };
        assert_eq!(page(""), (vec![7, 6, 5, 4, 3, 2, 1], false));
        assert_eq!(page("limit=3"), (vec![7, 6, 5], true));
        assert_eq!(page("limit=3&starting_after=o_5"), (vec![4, 3, 2], true));
        assert_eq!(page("limit=3&starting_after=o_2"), (vec![1], false));
        assert_eq!(page("limit=3&ending_before=o_2"), (vec![5, 4, 3], true));
        assert_eq!(page("limit=3&ending_before=o_6"), (vec![7], false));
    }

    #[test]
    fn what_is_gone_is_not_listed_and_not_found() {
        let mut shelf = shelf();
        assert_eq!(shelf.remove("o_6"), Some(6));
        assert_eq!((shelf.get("o_6"), shelf.len()), (None, 6));
        let params = params("starting_after=o_6");
        let refusal = shelf.page("object", &params, |_| true).unwrap_err();
        assert_eq!(refusal.code, Some("resource_missing"));
        assert_eq!(refusal.status, 400);
        shelf.put("o_3", 30);
        let all: Vec<_> = shelf.iter().map(|(_, item)| *item).collect();
        assert_eq!(all, [1, 2, 30, 4, 5, 7]);
    }

    #[test]
    fn bounds_of_time_hold_together() {
        for (query, expected) in [
            ("created=5", true),
            ("created=6", false),
            ("created[gt]=5", false),
            ("created[gte]=5&created[lt]=6", true),
            ("created[lte]=4", false),
        ] {
            assert_eq!(is_within(&params(query), 5), expected, "{query}");
        }
    }
}
