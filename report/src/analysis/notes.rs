use std::collections::BTreeMap;

use super::{
    capacity::{ends_in_words, undecidable},
    comparison::{Comparison, Difference},
    costs::failed_share,
    evidence::{EndedBy, Figures, Found, Ledger, Reading, Steadiness, excess_over_ms, is_bound_by_delay},
    variants::label,
};
use crate::{
    format::{Unit, rounded, share},
    plan::{Metric, Pace, Role},
};

/// Times in histograms are of three digits: their steps are at most this share of the time.
const HISTOGRAM_STEP: f64 = 1.0 / 1024.0;

/// What a reader must know beside a row.
pub(super) fn notes(
    comparison: &Comparison<'_>,
    ledger: &Ledger<'_>,
    pairs: usize,
    difference: Option<Difference>,
) -> Vec<String> {
    let readings: Vec<&Reading<'_>> = [comparison.a, comparison.b]
        .iter()
        .flat_map(|variant| ledger.readings(&comparison.workload.name, variant))
        .collect();
    let figures: Vec<&Figures> = readings.iter().filter_map(|reading| reading.figures.as_ref()).collect();
    let notes = match comparison.workload.role {
        Role::Memory | Role::Herd | Role::Farthest | Role::Topology => Vec::new(),
        Role::Capacity => searched(comparison, ledger, &readings),
        Role::Race | Role::Map | Role::Rate => loaded(comparison, ledger, &figures),
    };
    let difference = difference.map(|more| {
        let label = |variant| label(ledger.manifest, variant);
        format!("{} minus {}: {} a request", label(comparison.a), label(comparison.b), more.words())
    });
    difference
        .into_iter()
        .chain(notes)
        .chain(journals(ledger, &readings))
        .chain(missing(comparison, ledger, pairs))
        .collect()
}

fn loaded(comparison: &Comparison<'_>, ledger: &Ledger<'_>, figures: &[&Figures]) -> Vec<String> {
    let of_metric = match comparison.metric {
        Metric::Throughput | Metric::Capacity => vec![cpu_bound(figures), little(comparison, figures)],
        Metric::LatencyP50 | Metric::LatencyP90 => {
            vec![loop_kind(comparison), excess(comparison), cpu_bound(figures), censored(comparison, ledger)]
        }
        Metric::LatencyP99 => vec![
            Some("described: p99 decides nothing".to_owned()),
            loop_kind(comparison),
            excess(comparison),
            cpu_bound(figures),
            censored(comparison, ledger),
        ],
        Metric::CpuPerRequest | Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Vec::new(),
    };
    let of_runs = [pipelined(comparison), not_steady(figures), generator(figures), overloaded(figures)];
    of_metric.into_iter().chain(of_runs).chain(failures(comparison, ledger)).flatten().collect()
}

/// What was searched for, how finely, and by what the searches ended.
fn searched(comparison: &Comparison<'_>, ledger: &Ledger<'_>, readings: &[&Reading<'_>]) -> Vec<String> {
    let found: Vec<&Found> = readings.iter().filter_map(|reading| reading.found.as_ref()).collect();
    let objective = comparison.workload.objective.as_ref().map(|objective| format!("objective {objective}"));
    let coarsest = found.iter().filter_map(|one| one.resolution()).reduce(f64::max);
    let ends = (!found.is_empty()).then(|| format!("limited by: {} searches", ends_in_words(&found)));
    let resolution = coarsest.map(|ratio| format!("search resolution {}, which is no interval", rounded(ratio, 2)));
    [objective, undecidable(ledger, comparison.workload), ends, resolution, censored_by_generator(&found)]
        .into_iter()
        .flatten()
        .collect()
}

fn censored_by_generator(found: &[&Found]) -> Option<String> {
    let open = found.iter().filter(|one| one.ended_by == EndedBy::Generator).count();
    (open > 0).then(|| format!("in {open} of {} searches the server may do more", found.len()))
}

fn loop_kind(comparison: &Comparison<'_>) -> Option<String> {
    match comparison.workload.pace {
        Pace::Closed => Some("closed loop: latency omits what was not asked meanwhile".to_owned()),
        Pace::RatePerS(_) => None,
    }
}

fn excess(comparison: &Comparison<'_>) -> Option<String> {
    let delay_ms = excess_over_ms(comparison.workload)?;
    let step = Unit::Us.value(delay_ms * 1e3 * HISTOGRAM_STEP);
    Some(format!("beyond the delay of {delay_ms} ms of the places service, read in steps of {step} or finer"))
}

fn pipelined(comparison: &Comparison<'_>) -> Option<String> {
    let depth = comparison.workload.depth;
    (depth > 1).then(|| format!("depth {depth}: so many requests at once on a connection"))
}

fn cpu_bound(figures: &[&Figures]) -> Option<String> {
    let bound = count(figures, |one| one.reasons.box_bound);
    let of = figures.len();
    (bound > 0).then(|| format!("CPU-bound together with the generator in {bound} of {of} runs"))
}

fn not_steady(figures: &[&Figures]) -> Option<String> {
    let moved = count(figures, |one| matches!(Steadiness::of(&one.seconds), Steadiness::NotSteady { .. }));
    (moved > 0).then(|| format!("not steady in {moved} of {} runs", figures.len()))
}

fn generator(figures: &[&Figures]) -> Option<String> {
    let limited = count(figures, |one| !one.reasons.generator_limited.is_empty());
    let first = figures.iter().find_map(|one| one.reasons.generator_limited.first())?;
    Some(format!("generator-limited in {limited} of {} runs, such as: {first}", figures.len()))
}

fn overloaded(figures: &[&Figures]) -> Option<String> {
    let over = count(figures, |one| one.reasons.overloaded.is_some());
    (over > 0).then(|| format!("overloaded in {over} of {} runs: arrivals piled up", figures.len()))
}

fn little(comparison: &Comparison<'_>, figures: &[&Figures]) -> Option<String> {
    let bound = count(figures, |one| is_bound_by_delay(comparison.workload, one.throughput_per_s));
    (2 * bound > figures.len()).then(|| {
        format!("the delay alone sets the rate in {bound} of {} runs: connections over delay (Little)", figures.len())
    })
}

/// Which variant failed how many requests, where any failed.
fn failures(comparison: &Comparison<'_>, ledger: &Ledger<'_>) -> Vec<Option<String>> {
    let failed = |variant: &&str| {
        let failed = failed_share(ledger, &comparison.workload.name, variant)?;
        let told = || format!("{} of the requests to {} failed", share(failed), label(ledger.manifest, variant));
        (failed > 0.0).then(told)
    };
    [comparison.a, comparison.b].iter().map(failed).collect()
}

/// Percentiles that failed requests decide.
fn censored(comparison: &Comparison<'_>, ledger: &Ledger<'_>) -> Option<String> {
    let open = comparison.pairs(ledger).iter().filter(|pair| pair.is_open()).count();
    (open > 0)
        .then(|| format!("failed requests decide it in {open} blocks: median and order statistics in place of ranks"))
}

/// Blocks without a pair, and how unevenly runs were excluded: what excludes runs may go with what is measured.
fn missing(comparison: &Comparison<'_>, ledger: &Ledger<'_>, pairs: usize) -> Option<String> {
    let blocks = ledger.plan().blocks_of(comparison.workload) as usize;
    let without = blocks.saturating_sub(pairs);
    let lost = [comparison.a, comparison.b].map(|variant| {
        let runs = ledger.readings(&comparison.workload.name, variant).len()
            + ledger.limits(&comparison.workload.name, variant).len();
        (label(ledger.manifest, variant), blocks.saturating_sub(runs))
    });
    let lacking = lost.iter().filter(|(_, runs)| *runs > 0).map(|(name, runs)| format!("{name} lacks {runs}"));
    let lacking = lacking.collect::<Vec<_>>().join(", ");
    let told = if lacking.is_empty() { String::new() } else { format!(": {lacking}") };
    (without > 0).then(|| format!("{without} of {blocks} blocks have no pair{told}"))
}

/// What the journals lost of each variant that keeps one: a journal that drops events is cheaper than one that does not.
fn journals(ledger: &Ledger<'_>, readings: &[&Reading<'_>]) -> Vec<String> {
    let mut dropped: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for (reading, lost) in readings.iter().filter_map(|one| Some((one, one.run.journal_dropped?))) {
        let (sum, runs) = dropped.entry(&reading.run.variant).or_default();
        *sum = sum.saturating_add(lost);
        *runs += 1;
    }
    let told = |(variant, (sum, runs)): (&str, (u64, usize))| {
        let name = label(ledger.manifest, variant);
        match sum {
            0 => format!("the journal of {name} dropped no event"),
            sum => format!("the journal of {name} DROPPED {sum} events, in {runs} runs"),
        }
    };
    dropped.into_iter().map(told).collect()
}

fn count(figures: &[&Figures], is: impl Fn(&Figures) -> bool) -> usize {
    figures.iter().filter(|one| is(one)).count()
}
