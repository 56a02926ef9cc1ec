//! The answer: one row for each situation, and three sentences that the rows make.
//!
//! Invariant: a sentence says of a row what its outcome says, and nothing where it says nothing.

mod clause;
mod overtaking;
mod situations;
mod sureness;

use super::{Answer, Row, Trust, charts::MapCharts, evidence::Ledger, verdicts::Voids};

/// The answer, from what was worked out before.
pub(super) fn answer(ledger: &Ledger<'_>, voids: &Voids, rows: &[Row], map: &MapCharts, trust: &Trust) -> Answer {
    let situations = situations::situations(ledger, rows);
    let quoted: Vec<(&str, &Row)> = situations
        .iter()
        .filter_map(|one| Some((one.name.as_str(), rows.iter().find(|row| row.id == one.row)?)))
        .collect();
    let plan = ledger.plan();
    let sentences = vec![
        clause::costs(plan, &quoted),
        overtaking::overtaking(ledger, voids, &quoted, map),
        sureness::sureness(plan, rows, trust),
    ];
    Answer { sentences, situations }
}
