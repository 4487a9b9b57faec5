//! Tables for people.

use std::fmt::Write as _;

use super::{Goal, Table};

/// A table as text, with its skipped parts said aloud.
#[must_use]
pub fn print(table: &Table) -> String {
    let mut lines = vec![["", "ours", "against", "other", "ratio", "goal"].map(str::to_owned)];
    for row in &table.rows {
        let ratio = &row.ratio;
        let goal = row.goal.map_or_else(String::new, |goal| {
            let (sign, bound) = match goal {
                Goal::AtMost(most) => ("≤", most),
                Goal::AtLeast(least) => ("≥", least),
            };
            let met = if goal.is_met(ratio) { "met" } else { "MISSED" };
            format!("{sign} {bound} {met}")
        });
        let spread = format!("{:.2} [{:.2} … {:.2}]", ratio.median, ratio.low, ratio.high);
        lines.push([
            row.what.clone(),
            row.ours.text(),
            row.against.clone(),
            row.other.text(),
            spread,
            goal,
        ]);
    }
    let mut text = format!("\n{}\n\n", table.question.title());
    if !table.rows.is_empty() {
        text.push_str(&aligned(&lines));
    }
    for note in &table.notes {
        let _ = writeln!(text, "  {note}");
    }
    for skipped in &table.skipped {
        let _ = writeln!(text, "  SKIPPED: {skipped}");
    }
    text
}

/// Columns as wide as their widest cell: words to the left, figures to the right.
fn aligned(lines: &[[String; 6]]) -> String {
    let mut widths = [0; 6];
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut row = String::new();
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let gap = " ".repeat(width - cell.chars().count());
            match column {
                1 | 3 => row.extend([gap.as_str(), cell, "  "]),
                _ => row.extend([cell, gap.as_str(), "  "]),
            }
        }
        let _ = writeln!(text, "  {}", row.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Samples;
    use crate::question::Question;
    use crate::report::{Figure, Row};

    #[test]
    fn a_missed_goal_and_a_skipped_peer_are_said_aloud() {
        let (ours, floor) = (Samples::new(vec![4e-6]), Samples::new(vec![2e-6]));
        let mut table = Table::new(Question::Webhook);
        let row = Row::over("small body", Figure::seconds, &ours, "floor", &floor);
        table.rows.push(row.goal(Goal::AtMost(1.5)));
        table.skipped.push("no node".to_owned());
        let text = print(&table);
        let row = "  small body  4.00 µs  floor    2.00 µs  2.00 [2.00 … 2.00]  ≤ 1.5 MISSED";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("SKIPPED: no node"));
    }
}
