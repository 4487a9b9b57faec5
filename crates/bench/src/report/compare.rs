//! Two runs, side by side.

use std::fmt::Write as _;

use super::Run;

/// How each ratio has moved from one run to another, as text. Rows that only one of them has are named.
#[must_use]
pub fn compare(old: &Run, new: &Run) -> String {
    let mut text = String::new();
    for table in &new.tables {
        let before = old.tables.iter().find(|old| old.question == table.question);
        let _ = writeln!(text, "\n{}\n", table.question.title());
        for row in &table.rows {
            let name = format!("{} against {}", row.what, row.against);
            let same = before.and_then(|table| {
                let mut rows = table.rows.iter();
                rows.find(|old| (&old.what, &old.against) == (&row.what, &row.against))
            });
            let now = row.ratio.median;
            let _ = match same {
                Some(old) => writeln!(
                    text,
                    "  {:.2} → {now:.2} (× {:.2})  {name}",
                    old.ratio.median,
                    now / old.ratio.median
                ),
                None => writeln!(text, "  new → {now:.2}  {name}"),
            };
        }
        for old in before.into_iter().flat_map(|table| &table.rows) {
            let kept = table
                .rows
                .iter()
                .any(|row| (&row.what, &row.against) == (&old.what, &old.against));
            if !kept {
                let _ = writeln!(
                    text,
                    "  {:.2} → gone  {} against {}",
                    old.ratio.median, old.what, old.against
                );
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Effort, Samples};
    use crate::question::Question;
    use crate::report::{Figure, Row, Table};

    fn run(rows: &[(&str, f64)]) -> Run {
        let mut table = Table::new(Question::Webhook);
        let floor = Samples::new(vec![1.0]);
        table.rows.extend(rows.iter().map(|(what, ours)| {
            Row::over(
                *what,
                Figure::seconds,
                &Samples::new(vec![*ours]),
                "floor",
                &floor,
            )
        }));
        let mut run = Run::begin(Effort::Quick);
        run.tables.push(table);
        run
    }

    #[test]
    fn a_ratio_that_moved_is_said_with_how_far() {
        let text = compare(
            &run(&[("a", 2.0), ("b", 1.0)]),
            &run(&[("a", 1.0), ("c", 3.0)]),
        );
        assert!(
            text.contains("2.00 → 1.00 (× 0.50)  a against floor"),
            "{text}"
        );
        assert!(text.contains("new → 3.00  c against floor"));
        assert!(text.contains("1.00 → gone  b against floor"));
    }

    #[test]
    fn a_run_that_is_kept_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let run = run(&[("a", 2.0)]);
        let path = run.keep(dir.path()).unwrap();
        assert_eq!(Run::read(&path), Ok(run));
    }
}
