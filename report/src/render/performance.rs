use super::{
    format::{ratio_or_none, shortened},
    markdown::{escaped, herd, memory, table, versus},
    verdict::{Winner, is_void, winner},
    view::View,
};
use crate::{
    analysis::{Row, Standing},
    plan::Metric,
};

/// What stands for a figure that there is not.
const NONE: &str = "–";

/// What a README shows of a comparison with ceilings: two variants in a line, memory, and the herd.
pub(super) fn performance(view: View<'_>) -> String {
    let heads = ["Workload", "a / b", "Throughput, a/b", "CPU per request, a/b", "a minus b"].map(str::to_owned);
    let races = table(&heads, contests(view).into_iter().map(|row| race(view, row)));
    let parts = [races, legend(view), memory(view), herd(view)];
    parts.iter().map(|one| one.trim_end()).filter(|one| !one.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A primary row for each two variants of a workload, in the order of the plan.
fn contests(view: View<'_>) -> Vec<&Row> {
    let mut contests: Vec<&Row> = Vec::new();
    for row in view.own_rows(Standing::Primary) {
        if !contests.iter().any(|known| is_same(known, row)) {
            contests.push(row);
        }
    }
    contests
}

fn is_same(one: &Row, other: &Row) -> bool {
    (&one.workload, &one.a, &one.b) == (&other.workload, &other.a, &other.b)
}

fn race(view: View<'_>, contest: &Row) -> Vec<String> {
    let by = |metric| view.analysis.rows.iter().find(|row| is_same(row, contest) && row.metric == metric);
    let cpu = by(Metric::CpuPerRequest);
    let difference = cpu.filter(|row| !is_void(row)).and_then(|row| row.difference);
    let about = view.workload(&contest.workload).map_or(contest.workload.as_str(), |workload| workload.about.as_str());
    vec![
        escaped(&shortened(about, 80)),
        escaped(&versus(view, contest)),
        by(Metric::Throughput).map_or_else(|| NONE.to_owned(), ratio),
        cpu.map_or_else(|| NONE.to_owned(), ratio),
        difference.map_or_else(|| NONE.to_owned(), |difference| escaped(&difference.words())),
    ]
}

/// A ratio, bold where a verdict stands behind it and struck out where it says nothing.
fn ratio(row: &Row) -> String {
    let ratio = escaped(&ratio_or_none(row.ratio, row.interval.as_ref()));
    match winner(row) {
        _ if row.ratio.is_none() => ratio,
        _ if is_void(row) => format!("~~{ratio}~~"),
        Winner::A | Winner::B => format!("**{ratio}**"),
        Winner::Neither => ratio,
    }
}

fn legend(view: View<'_>) -> String {
    let primary = view.own_rows(Standing::Primary).len();
    format!(
        "Bold: a difference that is shown, at a level that the {primary} ratios named before the run share; the others of them \
         show none, and those of processor time that were not named are intervals alone. CPU is the server's own, and a minus b \
         is what it spends more on a request, at 95 %. What is struck out says nothing: the same server twice differed as much."
    )
}
