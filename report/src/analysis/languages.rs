//! The same server in several languages: which is cheapest, and how Python does beside the others.

use super::{
    answer::{AnswerLine, LineKind},
    comparison::{Comparison, Standing},
    estimate::Interval,
    evidence::{Ledger, value},
    load::phrase,
    row::{Row, row},
    variants::label,
};
use crate::{
    format::{Ends, Quantity, Unit},
    plan::{Metric, Role, Workload},
    results::Manifest,
    variant::LoadKind,
};

/// The cheapest and the dearest of each race in which rivals take part, then the first rival beside each of the others.
pub(super) fn languages(ledger: &Ledger<'_>) -> Vec<AnswerLine> {
    let races: Vec<&Workload> = ledger.plan().workload.iter().filter(|one| one.role == Role::Race).collect();
    let cheapest = races.iter().filter_map(|race| extremes(ledger, race));
    let beside = rivals(ledger);
    let pairs =
        beside.split_first().into_iter().flat_map(|(first, others)| others.iter().map(move |other| (first, other)));
    let pairs = pairs.filter_map(|(first, other)| pair(ledger, &races, first, other));
    cheapest.chain(pairs).map(|text| AnswerLine::plain(LineKind::Languages, text)).collect()
}

fn rivals<'a>(ledger: &Ledger<'a>) -> Vec<&'a str> {
    let plan = ledger.plan();
    let is_rival = |name: &&String| ![&plan.threads, &plan.tasks, &plan.twin].contains(name) && is_whole_server(name);
    plan.variants.iter().filter(is_rival).map(String::as_str).collect()
}

/// Ceilings answer without serving, and variants of the engines are no language of their own.
fn is_whole_server(name: &str) -> bool {
    !name.starts_with("null-") && !name.starts_with("herd-")
}

fn extremes(ledger: &Ledger<'_>, race: &Workload) -> Option<String> {
    let plan = ledger.plan();
    let of = |name: &str| Some((name.to_owned(), value(ledger, race, name, Metric::CpuPerRequest)?.median));
    let own = [plan.threads.as_str(), plan.tasks.as_str()];
    let others: Vec<_> = rivals(ledger).into_iter().filter_map(of).collect();
    let mut all: Vec<_> = own.into_iter().filter_map(of).chain(others.iter().cloned()).collect();
    all.sort_by(|one, other| one.1.total_cmp(&other.1));
    let (least, most) = (all.first()?, all.last()?);
    let told = |(name, us): &(String, f64)| format!("{} ({})", called(ledger.manifest, name), Unit::Us.value(*us));
    let is_told_apart =
        compared(ledger, race, &least.0, &most.0).interval.map(Interval::ends).is_some_and(|[_, high]| high < 1.0);
    let said = if is_told_apart {
        format!("least CPU per request in {}, most in {}", told(least), told(most))
    } else {
        "no difference found in CPU per request".to_owned()
    };
    let why = if is_told_apart { why(ledger.manifest, race, &[&least.0, &most.0]) } else { String::new() };
    (!others.is_empty()).then(|| format!("{}: of all languages, {said}.{why}", phrase(race)))
}

/// A server as sentences call it: the plan's tasks are what they say async of.
fn called(manifest: &Manifest, name: &str) -> String {
    if name == manifest.plan.tasks { "async".to_owned() } else { label(manifest, name) }
}

/// What these are known for under such a load, in the words of their files; empty where nobody has explained it.
fn why(manifest: &Manifest, race: &Workload, names: &[&String]) -> String {
    let explained = names.iter().filter_map(|name| {
        let one = manifest.participants.iter().find(|one| one.name == **name)?;
        Some(format!("{} ({})", called(manifest, name), one.explains.get(&LoadKind::of(race))?))
    });
    match explained.collect::<Vec<_>>() {
        none if none.is_empty() => String::new(),
        some => format!(" An explanation, not a measurement: {}.", some.join("; ")),
    }
}

/// Two by processor time.
fn compared(ledger: &Ledger<'_>, workload: &Workload, a: &str, b: &str) -> Row {
    let comparison = Comparison { workload, metric: Metric::CpuPerRequest, a, b, standing: Standing::Exploratory };
    row(&comparison, ledger, None)
}

/// In how many races one uses more processor time than the other, and how much more.
fn pair(ledger: &Ledger<'_>, races: &[&Workload], one: &str, other: &str) -> Option<String> {
    let rows: Vec<Row> = races.iter().map(|race| compared(ledger, race, one, other)).collect();
    let known: Vec<(f64, Ends)> =
        rows.iter().filter_map(|row| Some((row.ratio?, row.interval.map(Interval::ends)?))).collect();
    let told = |[who, than]: [&str; 2], ratios: Vec<f64>| {
        let (least, most) =
            ratios.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), one| (low.min(*one), high.max(*one)));
        let figure = |ratio| Quantity::Ratio.value(ratio, None);
        let times = match ratios.len() {
            1 => figure(least),
            _ => format!("{} to {}", figure(least), figure(most)),
        };
        let all = known.len();
        (!ratios.is_empty())
            .then(|| format!("{who} uses {times} the CPU of {than} in {} of {all} situations", ratios.len()))
    };
    let (one, other) = (label(ledger.manifest, one), label(ledger.manifest, other));
    let more = known.iter().filter(|(_, [low, _])| *low > 1.0).map(|(ratio, _)| *ratio).collect();
    let less = known.iter().filter(|(_, [_, high])| *high < 1.0).map(|(ratio, _)| ratio.recip()).collect();
    let told = [told([&one, &other], more), told([&other, &one], less)];
    match told.into_iter().flatten().collect::<Vec<_>>() {
        _ if known.is_empty() => None,
        none if none.is_empty() => {
            Some(format!("{one} and {other}: no difference found in CPU per request, {} situations.", known.len()))
        }
        some => Some(format!("{}.", some.join("; "))),
    }
}
