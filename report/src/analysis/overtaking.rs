//! The lines of the answer about the map: where one of threads and async overtakes the other.

use super::{
    answer::{AnswerLine, LineKind},
    chart::Chart,
    controls::Voids,
    evidence::Ledger,
    map::{Ahead, Group, Kind, MapCharts, ahead},
    sentences::sentence,
};
use crate::{
    format::grouped,
    plan::{Plan, Workload},
};

/// In how many cells threads and async are ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    threads: usize,
    tasks: usize,
    all: usize,
}

/// Where one overtakes the other by processor time, for updates and for searches; nothing where that was not measured.
pub(super) fn crossovers(ledger: &Ledger<'_>, voids: &Voids, map: &MapCharts) -> Vec<AnswerLine> {
    let told = Kind::ALL.into_iter().filter(|kind| kind.cells(ledger).next().is_some()).map(|kind| {
        let each = map.groups.iter().zip(&map.by_cpu).filter(|(group, _)| group.kind == kind);
        let found: Vec<String> = each.flat_map(|(group, chart)| overtakings(ledger.plan(), *group, chart)).collect();
        let about = format!("{} at {}, CPU", kind.name(), extent(ledger, kind));
        let told = if found.is_empty() {
            sentence(&format!("{about}: {}", tally(ledger, voids, kind).words("cell")))
        } else {
            found.iter().map(|one| sentence(&format!("{}: {one}", kind.name()))).collect::<Vec<_>>().join(" ")
        };
        AnswerLine::plain(LineKind::Crossover, told)
    });
    told.collect()
}

/// "async overtakes threads between 100 and 1,000 connections where the places service takes 5 ms".
fn overtakings(plan: &Plan, group: Group, chart: &Chart) -> Vec<String> {
    let place = group.place().map(|place| format!(" where {place}")).unwrap_or_default();
    let told = chart.crossovers.iter().map(|crossover| {
        let who = if crossover.above == plan.threads { "threads overtake async" } else { "async overtakes threads" };
        let [from, to] = crossover.between.map(grouped);
        format!("{who} between {from} and {to} connections{place}")
    });
    told.collect()
}

fn tally(ledger: &Ledger<'_>, voids: &Voids, kind: Kind) -> Tally {
    let mut tally = Tally::default();
    for workload in kind.cells(ledger) {
        tally.all += 1;
        match ahead(ledger, voids, workload) {
            Ahead::Threads => tally.threads += 1,
            Ahead::Tasks => tally.tasks += 1,
            Ahead::Neither => {}
        }
    }
    tally
}

/// What was measured: "10 to 5,000 connections, places service takes 0 to 50 ms".
fn extent(ledger: &Ledger<'_>, kind: Kind) -> String {
    let range = |of: &dyn Fn(&Workload) -> f64| {
        let least = kind.cells(ledger).map(of).fold(f64::INFINITY, f64::min);
        let most = kind.cells(ledger).map(of).fold(0.0, f64::max);
        if least < most { format!("{} to {}", grouped(least), grouped(most)) } else { grouped(most) }
    };
    let connections = format!("{} connections", range(&|workload| f64::from(workload.connections)));
    match kind {
        Kind::Updates => connections,
        Kind::Searches => {
            format!(
                "{connections}, places service takes {} ms",
                range(&|workload| workload.places_delay_ms.unwrap_or(0.0))
            )
        }
    }
}

impl Tally {
    /// "async is ahead in 3 of 12 cells, threads in none".
    fn words(self, of: &str) -> String {
        let Self { threads, tasks, all } = self;
        match (threads, tasks) {
            (0, 0) if all == 1 => format!("neither is ahead in the only {of}"),
            (0, 0) => format!("neither is ahead in any of {all} {of}s"),
            (0, 1) if all == 1 => format!("async is ahead in the only {of}"),
            (1, 0) if all == 1 => format!("threads are ahead in the only {of}"),
            (0, tasks) => format!("async is ahead in {tasks} of {all} {of}s, threads in none"),
            (threads, 0) => format!("threads are ahead in {threads} of {all} {of}s, async in none"),
            (threads, tasks) => format!("threads are ahead in {threads} of {all} {of}s, async in {tasks}"),
        }
    }
}
