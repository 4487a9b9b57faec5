//! Rows for people, one column below the other.

use crate::terminal;

/// Prints rows below their headings, each column as wide as its widest cell. Nothing for no rows.
pub(super) fn say<const COLUMNS: usize>(headings: [&str; COLUMNS], rows: &[[String; COLUMNS]]) {
    for line in lines(headings, rows) {
        terminal::say(&line);
    }
}

fn lines<const COLUMNS: usize>(
    headings: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let headings = headings.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let mut widths = [0; COLUMNS];
    for row in all() {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    all().map(line).collect()
}

/// What stands where there is nothing.
pub(super) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["é", "dead"], ["longer", ""]].map(|row| row.map(str::to_owned));
        let expected = ["id      state", "é       dead", "longer"];
        assert_eq!(lines(["id", "state"], &rows), expected);
        assert!(lines(["id"], &[]).is_empty());
    }
}
