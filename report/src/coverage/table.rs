use std::fmt::Write;

use super::{
    TrialResult,
    tally::{Coverage, Rate},
};
use crate::format::percent;

const HEAD: &str = "\
| noise | blocks | rows | level | achieved | covered | equivalence: achieved | covered | false \"better\" \
| false \"beyond\" at the margin | false \"equivalent\" at the margin | within 1.5 points |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
";

/// A Markdown table of the results, in percent; behind what was counted stands half the width of its Wilson interval at
/// 95 %.
#[must_use]
pub fn table(results: &[TrialResult]) -> String {
    let mut table = HEAD.to_owned();
    for result in results {
        // Writing to a string does not fail.
        let _ = writeln!(table, "{}", row(result));
    }
    table
}

fn row(result: &TrialResult) -> String {
    let TrialResult { noise, blocks, rows, interval, equivalence, .. } = result;
    let holds = match (result.holds(), result.must_hold) {
        (true, _) => "yes",
        (false, true) => "**no**",
        (false, false) => "no: a known limit",
    };
    let cells = [
        noise.clone(),
        blocks.to_string(),
        rows.to_string(),
        percent(interval.level).trim_end_matches(" %").to_owned(),
        achieved(interval),
        counted(&interval.covered),
        achieved(equivalence),
        counted(&equivalence.covered),
        counted(&result.better_of_equals),
        counted(&result.beyond_at_margin),
        counted(&result.equivalent_at_margin),
        holds.to_owned(),
    ];
    format!("| {} |", cells.join(" | "))
}

fn achieved(coverage: &Coverage) -> String {
    format!("{:.2}", coverage.achieved * 100.0)
}

fn counted(rate: &Rate) -> String {
    let (lower, upper) = rate.wilson;
    format!("{:.2} ± {:.2}", rate.share * 100.0, (upper - lower) * 50.0)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use fastrand::Rng;

    use super::*;
    use crate::coverage::{Noise, Trial};

    #[test]
    fn a_row_has_a_cell_for_each_column_and_says_what_fails() {
        let trial = Trial { noise: Noise::Normal, blocks: 7, rows: 1 };
        let mut result = trial.run(NonZeroU32::new(200).unwrap(), &mut Rng::with_seed(1)).unwrap();
        result.interval.covered.share = 0.5;
        let table = table(&[result]);
        let cells: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(cells, [13, 13, 13]);
        let row = table.lines().last().unwrap();
        assert!(row.starts_with("| normal | 7 | 1 | 95 | 95.31 | 50.00 ± ") && row.ends_with("| **no** |"), "{row}");
    }
}
