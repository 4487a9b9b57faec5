//! Cutting what was read into a page.

use idv_engine::store::Page;

/// How many rows to read for a page: one more than it holds, to know whether there is a next one.
pub(crate) fn probe(limit: u32) -> i64 {
    i64::from(limit).saturating_add(1)
}

/// The page, from the rows that [`probe`] asked for.
pub(crate) fn page_of<T, Id>(mut rows: Vec<T>, limit: u32, id: impl Fn(&T) -> Id) -> Page<T, Id> {
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > length;
    rows.truncate(length);
    let next = if more { rows.last().map(id) } else { None };
    Page { rows, next }
}
