use super::change::{Diff, DiffRow};
use crate::analysis::Estimate;

/// The rows as a table for a terminal, with what must be known about it.
#[must_use]
pub fn table(diff: &Diff) -> String {
    let heads = ["workload", "metric", "variant", "before", "after", "after against before"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(heads).chain(diff.rows.iter().map(cells)).collect();
    let widths = [0, 1, 2, 3, 4].map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            out += cell;
            out.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        out += &row[5];
        out.push('\n');
    }
    let notes = diff.incomparable.iter().map(|why| format!("not comparable: {why}")).chain(diff.notes.iter().cloned());
    out.extend(notes.map(|note| format!("note: {note}\n")));
    out
}

fn cells(row: &DiffRow) -> [String; 6] {
    let value = |estimate: &Option<Estimate>| {
        estimate.as_ref().map_or_else(|| "n/a".to_owned(), |estimate| estimate.value(row.metric.unit()))
    };
    let mark = if row.is_regression() { "REGRESSION: " } else { "" };
    [
        row.workload.clone(),
        row.metric.title().to_owned(),
        row.variant.clone(),
        value(&row.values[0]),
        value(&row.values[1]),
        format!("{mark}{}", row.words),
    ]
}
