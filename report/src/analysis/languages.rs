//! The same server in several languages: which is cheapest, and how Python does beside the others.

use super::{
    answer::{AnswerLine, LineKind},
    comparison::{Comparison, Standing},
    estimate::Interval,
    evidence::{Ledger, value},
    load::phrase,
    row::row,
    variants::label,
};
use crate::{
    format::{Ends, Unit},
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
    let told = |(name, us): &(String, f64)| format!("{} ({})", label(ledger.manifest, name), Unit::Us.value(*us));
    let is_told_apart = interval(ledger, race, &least.0, &most.0).is_some_and(|[_, high]| high < 1.0);
    let said = if is_told_apart {
        format!("least CPU per request in {}, most in {}", told(least), told(most))
    } else {
        "no difference found in CPU per request".to_owned()
    };
    let why = if is_told_apart { why(ledger.manifest, race, &[&least.0, &most.0]) } else { String::new() };
    (!others.is_empty()).then(|| format!("{}: of all languages, {said}.{why}", phrase(race)))
}

/// What these are known for under such a load, in the words of their files; empty where nobody has explained it.
fn why(manifest: &Manifest, race: &Workload, names: &[&String]) -> String {
    let explained = names.iter().filter_map(|name| {
        let one = manifest.participants.iter().find(|one| one.name == **name)?;
        Some(format!("{} {}", label(manifest, name), one.explains.get(&LoadKind::of(race))?))
    });
    match explained.collect::<Vec<_>>() {
        none if none.is_empty() => String::new(),
        some => format!(" An explanation, not a measurement: {}.", some.join("; ")),
    }
}

/// The interval of the ratio of two by processor time.
fn interval(ledger: &Ledger<'_>, workload: &Workload, a: &str, b: &str) -> Option<Ends> {
    let comparison = Comparison { workload, metric: Metric::CpuPerRequest, a, b, standing: Standing::Exploratory };
    row(&comparison, ledger, None).interval.map(Interval::ends)
}

/// In how many races one uses less processor time than the other, and more.
fn pair(ledger: &Ledger<'_>, races: &[&Workload], one: &str, other: &str) -> Option<String> {
    let intervals: Vec<_> = races.iter().filter_map(|race| interval(ledger, race, one, other)).collect();
    let less = intervals.iter().filter(|[_, high]| *high < 1.0).count();
    let more = intervals.iter().filter(|[low, _]| *low > 1.0).count();
    let all = intervals.len();
    let name = |name| label(ledger.manifest, name);
    (all > 0).then(|| {
        format!(
            "{} beside {}, CPU per request: less in {less} of {all} situations, more in {more}, no difference found in {}.",
            name(one),
            name(other),
            all - less - more,
        )
    })
}
