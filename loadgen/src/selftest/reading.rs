use super::check::COMPARED;
use crate::{
    result::{Quantile, SecondRow},
    run::{Latencies, Outcome},
};

/// One way to read the answers of a run: its p50, p90, p99 and maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) name: &'static str,
    pub(super) values: [Quantile; COMPARED.len() + 1],
}

impl Reading {
    /// From the intended start, with what failed: as `loadgen run` reports it.
    pub(super) fn right(outcome: &Outcome) -> Self {
        Self { name: "from the intended start", values: of(&outcome.intended) }
    }

    /// From the writing: what a generator measures that waits for one reply before it sends the next request.
    pub(super) fn from_written(outcome: &Outcome) -> Self {
        Self { name: "from the writing (coordinated omission)", values: of(&outcome.written) }
    }

    /// Without what failed.
    pub(super) fn without_failures(outcome: &Outcome) -> Self {
        Self { name: "failures dropped", values: of(&outcome.intended.without_failures()) }
    }

    /// The mean of each second's percentile.
    pub(super) fn averaged(outcome: &Outcome) -> Self {
        let rows: Vec<SecondRow> = outcome.seconds().into_iter().filter(|row| row.due > 0).collect();
        let mean =
            |of: fn(&SecondRow) -> f64| Quantile::Exactly(rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64);
        let values = [mean(|row| row.p50_us), Quantile::TooFew, mean(|row| row.p99_us), mean(|row| row.max_us)];
        Self { name: "averaged over the seconds", values }
    }
}

fn of(latencies: &Latencies) -> [Quantile; COMPARED.len() + 1] {
    let [p50, p90, p99] = [500_000, 900_000, 990_000].map(|at| latencies.quantile(at));
    [p50, p90, p99, latencies.max()]
}
