use crate::{
    analysis::{
        Curve, Estimate, Point,
        costs::why_none,
        evidence::{Ledger, Reading, estimate},
    },
    plan::Workload,
    stats::Bound,
};

/// One cell of a chart: where it stands on the horizontal axis, and its workload.
pub(super) type Cell<'a> = (f64, &'a Workload);

/// A variant's line through the cells that it runs.
pub(super) fn curve(
    ledger: &Ledger<'_>,
    cells: &[Cell<'_>],
    variant: &str,
    part: &str,
    value: impl Fn(&Workload, &Reading<'_>) -> Option<Bound>,
) -> Curve {
    let runs = cells.iter().filter(|(_, workload)| ledger.runs(workload, variant));
    let point = |(x, workload): &Cell<'_>| {
        let y = over_blocks(ledger, workload, variant, &value);
        let why = match y {
            Some(_) => String::new(),
            None => why(ledger, workload, variant),
        };
        Point { x: *x, y, why }
    };
    Curve { variant: variant.to_owned(), part: part.to_owned(), points: runs.map(point).collect() }
}

/// The variants that run any of the cells, in the plan's order.
pub(super) fn variants<'a>(ledger: &Ledger<'a>, cells: &[Cell<'_>]) -> Vec<&'a str> {
    let names = ledger.plan().variants.iter().map(String::as_str);
    names.filter(|name| cells.iter().any(|(_, workload)| ledger.runs(workload, name))).collect()
}

fn over_blocks(
    ledger: &Ledger<'_>,
    workload: &Workload,
    variant: &str,
    value: impl Fn(&Workload, &Reading<'_>) -> Option<Bound>,
) -> Option<Estimate> {
    // A limit in some blocks leaves those that were lucky: they are no picture of the variant.
    if !ledger.limits(&workload.name, variant).is_empty() {
        return None;
    }
    let readings = ledger.readings(&workload.name, variant).into_iter();
    let blocks: Vec<_> =
        readings.filter_map(|reading| Some((value(workload, reading)?, reading.source.clone()))).collect();
    estimate(&blocks)
}

fn why(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> String {
    let why = why_none(ledger, workload, variant);
    if why.is_empty() { "n/a: too few samples".to_owned() } else { why }
}
