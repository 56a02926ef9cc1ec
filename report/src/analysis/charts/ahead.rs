use crate::{
    analysis::{
        Crossover, Standing,
        evidence::Ledger,
        verdicts::{Contest, Voids, question},
    },
    plan::{Metric, Workload},
    stats::{self, Finding, Question, Side, Verdict},
};

use super::curves::Cell;

/// Which of threads and tasks is shown to be ahead in a cell of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum Ahead {
    Threads,
    Tasks,
    Neither,
}

/// Tasks against threads in one cell. The level is shared among the cells of the chart, so that a chart as a whole seldom
/// shows what is not there.
pub(super) fn finding(ledger: &Ledger<'_>, workload: &Workload, metric: Metric, cells: usize) -> Option<Finding> {
    let plan = ledger.plan();
    let contest = Contest { workload, metric, a: &plan.tasks, b: &plan.threads, standing: Standing::Exploratory };
    let bounds: Vec<_> = contest.pairs(ledger).iter().map(|pair| (pair.a, pair.b)).collect();
    let standing = stats::Standing::Primary { of: cells };
    Question { standing, ..question(&contest, ledger) }.judge_censored(&bounds).ok()
}

/// Who is shown to be ahead; nobody where the twins differ, where a limit was reached, and where the two are equivalent.
pub(in crate::analysis) fn ahead(
    ledger: &Ledger<'_>,
    voids: &Voids,
    workload: &Workload,
    metric: Metric,
    cells: usize,
) -> Ahead {
    let plan = ledger.plan();
    let is_limited = [&plan.threads, &plan.tasks].iter().any(|name| !ledger.limits(&workload.name, name).is_empty());
    if is_limited || voids.words(&workload.name, metric).is_some() {
        return Ahead::Neither;
    }
    match finding(ledger, workload, metric, cells).map(|finding| finding.verdict) {
        Some(Verdict::Faster { better, .. } | Verdict::FasterBetween { better, .. }) => match better {
            Side::First => Ahead::Tasks,
            Side::Second => Ahead::Threads,
        },
        Some(
            Verdict::Equivalent { .. } | Verdict::NotShown { .. } | Verdict::Screening { .. } | Verdict::IntervalOnly,
        )
        | None => Ahead::Neither,
    }
}

/// Where the one that is shown ahead changes, between neighbours among the cells in which one is.
pub(super) fn crossovers(ledger: &Ledger<'_>, voids: &Voids, metric: Metric, cells: &[Cell<'_>]) -> Vec<Crossover> {
    let name = |ahead| match ahead {
        Ahead::Threads => Some(&ledger.plan().threads),
        Ahead::Tasks => Some(&ledger.plan().tasks),
        Ahead::Neither => None,
    };
    let shown: Vec<_> = cells
        .iter()
        .filter_map(|(x, workload)| Some((*x, name(ahead(ledger, voids, workload, metric, cells.len()))?)))
        .collect();
    let changes = shown.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    changes
        .map(|pair| Crossover { below: pair[0].1.clone(), above: pair[1].1.clone(), between: [pair[0].0, pair[1].0] })
        .collect()
}
