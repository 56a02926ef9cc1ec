//! Rules about one variant's values over another's.

use std::collections::BTreeMap;

use super::values::{Decision, Estimated, Values, log_ratios};
use crate::{
    claims::{
        rule::Side,
        verdict::{Line, Verdict},
    },
    stats::{Bound, Standing},
};

/// Whether a/b lies beyond the margin on the side that is claimed.
pub(in crate::claims) fn ratio(a: &Values, b: &Values, expects: Side, margin: f64, standing: Standing) -> Decision {
    let reach = margin.ln_1p();
    let (claimed, bound) = match expects {
        Side::More => (1.0, reach.exp()),
        Side::Less => (-1.0, (-reach).exp()),
    };
    let estimated = Estimated::ratio(a, b, standing, vec![1.0, bound]);
    let verdict = match estimated.ends() {
        Some((lower, upper)) => {
            let (nearest, farthest) = if claimed > 0.0 { (lower, upper) } else { (-upper, -lower) };
            beyond(nearest, farthest, reach)
        }
        None => Verdict::NotShown,
    };
    Decision { verdict, words: estimated.words(), lines: vec![estimated.line] }
}

/// What an interval says of being beyond a bound.
fn beyond(nearest: f64, farthest: f64, bound: f64) -> Verdict {
    if nearest > bound {
        Verdict::Supported
    } else if farthest <= bound {
        Verdict::Contradicted
    } else {
        Verdict::NotShown
    }
}

/// Whether a is worse than b by less than a margin in everything.
pub(in crate::claims) fn not_worse(pairs: &[(Values, Values)], margin: f64, standing: Standing) -> Decision {
    let reach = margin.ln_1p();
    let all: Vec<Estimated> =
        pairs.iter().map(|(a, b)| Estimated::ratio(a, b, standing, vec![1.0, reach.exp()])).collect();
    let is = |one: &Estimated, holds: &dyn Fn(f64, f64) -> bool| one.ends().is_some_and(|(low, high)| holds(low, high));
    let worse: Vec<&Estimated> = all.iter().filter(|one| is(one, &|low, _| low > reach)).collect();
    let open: Vec<&Estimated> = all.iter().filter(|one| !is(one, &|_, high| high < reach)).collect();
    let told = |some: &[&Estimated]| some.iter().map(|one| one.words()).collect::<Vec<_>>().join("; ");
    let (verdict, words) = match (&worse[..], &open[..]) {
        ([], []) => (Verdict::Supported, told(&all.iter().collect::<Vec<_>>())),
        ([], open) => (Verdict::NotShown, format!("open: {}", told(open))),
        (worse, _) => (Verdict::Contradicted, told(worse)),
    };
    Decision { verdict, words, lines: all.into_iter().map(|one| one.line).collect() }
}

/// Whether two ratios are alike: whether what differs between their sources does not matter to the ratio.
pub(in crate::claims) fn alike(one: [&Values; 2], other: [&Values; 2], margin: f64, standing: Standing) -> Decision {
    let reach = margin.ln_1p();
    let bounds = || vec![(-reach).exp(), reach.exp()];
    let lines: Vec<Line> =
        [one, other].map(|[a, b]| Estimated::ratio(a, b, standing, vec![1.0]).line).into_iter().collect();
    let difference = differences(&log_ratios(one[0], one[1]), &log_ratios(other[0], other[1]));
    let what = format!("({}) / ({})", lines[0].what, lines[1].what);
    let estimated = Estimated::of(what, one[0].each, &difference, standing, bounds());
    let equivalence = estimated.evidence.and_then(|evidence| evidence.equivalence);
    let verdict = match (estimated.ends(), equivalence) {
        (_, Some(equivalence)) if equivalence.is_within(reach) => Verdict::Supported,
        (Some((lower, upper)), _) if lower > reach || upper < -reach => Verdict::Contradicted,
        _ => Verdict::NotShown,
    };
    let words = format!("{} against {}: they differ by {}", lines[0].figure, lines[1].figure, estimated.line.figure);
    Decision { verdict, words, lines: lines.into_iter().chain([estimated.line]).collect() }
}

/// Block by block, as far as both are known.
fn differences(one: &BTreeMap<u32, Bound>, other: &BTreeMap<u32, Bound>) -> Vec<Bound> {
    let difference = |(block, log): (&u32, &Bound)| Bound::difference(*log, *other.get(block)?).ok();
    one.iter().filter_map(difference).collect()
}
