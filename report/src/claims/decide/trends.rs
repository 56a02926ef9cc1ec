//! Rules about what happens from step to step.

use std::collections::BTreeMap;

use super::values::{Decision, Estimated, Values, log_ratios};
use crate::{
    claims::verdict::{Line, Verdict},
    stats::{Bound, Standing},
};

/// What readers are told a slope by: what ten times as many make of it.
const TENFOLD: f64 = std::f64::consts::LN_10;

/// Whether a/b grows with the steps, and where it ends.
pub(in crate::claims) fn trend(steps: &[(f64, Values, Values)], margin: Option<f64>, standing: Standing) -> Decision {
    let reach = margin.map(f64::ln_1p);
    let bounds = || reach.map_or(vec![1.0], |reach| vec![1.0, reach.exp()]);
    let ratios: Vec<Estimated> = steps.iter().map(|(_, a, b)| Estimated::ratio(a, b, standing, bounds())).collect();
    let logs: Vec<_> = steps.iter().map(|(at, a, b)| (at.ln(), log_ratios(a, b))).collect();
    let each = steps.first().map_or("block", |(_, a, _)| a.each);
    let growth = growth("growth of the ratio with ten times as many", each, &logs, standing);
    let end = ratios.last().and_then(Estimated::ends);
    let is_beyond = reach.is_none_or(|reach| end.is_some_and(|(lower, _)| lower > reach));
    let falls_short = reach.is_some_and(|reach| end.is_some_and(|(_, upper)| upper <= reach));
    let verdict = match growth.ends() {
        Some((_, upper)) if upper <= 0.0 || falls_short => Verdict::Contradicted,
        Some((lower, _)) if lower > 0.0 && is_beyond => Verdict::Supported,
        Some(_) | None => Verdict::NotShown,
    };
    let words = told(steps, &ratios, &growth);
    let lines = ratios.into_iter().chain([growth]).map(|one| one.line).collect();
    Decision { verdict, words, lines }
}

fn told(steps: &[(f64, Values, Values)], ratios: &[Estimated], growth: &Estimated) -> String {
    let at = |index: usize| format!("{} ({})", ratios[index].line.figure, ratios[index].line.what);
    let ends = match ratios.len() {
        0 => return "no step was measured".to_owned(),
        1 => at(0),
        count => format!("from {} to {}", at(0), at(count - 1)),
    };
    let crossed = crossing(steps, ratios).map_or_else(String::new, |words| format!("; {words}"));
    format!("{ends}; by {} with ten times as many, {}{crossed}", growth.line.figure, growth.line.n)
}

/// Where the ratio passes 1 upward: between the last step wholly below and the first wholly above.
fn crossing(steps: &[(f64, Values, Values)], ratios: &[Estimated]) -> Option<String> {
    let above = ratios.iter().position(|one| one.ends().is_some_and(|(lower, _)| lower > 0.0))?;
    let below = ratios[..above].iter().rposition(|one| one.ends().is_some_and(|(_, upper)| upper < 0.0))?;
    Some(format!("it passes 1 between {} and {}", steps[below].0, steps[above].0))
}

/// Whether cost falls with servers in one design, and not in another.
pub(in crate::claims) fn falls(
    (falling, falling_steps): (&str, &[(f64, Values)]),
    (steady, steady_steps): (&str, &[(f64, Values)]),
    exponent: f64,
    standing: Standing,
) -> Decision {
    // Told as the factor by which ten times as many servers change the cost.
    let of = |name: &str, steps: &[(f64, Values)]| {
        let logs: Vec<_> = steps.iter().map(|(at, values)| (at.ln(), logarithms(values))).collect();
        let what = format!("cost with ten times as many servers, {name}");
        let mut estimated = growth(&what, "block", &logs, standing);
        estimated.line.bounds = vec![1.0, (exponent * TENFOLD).exp()];
        estimated.line.sources = steps.iter().flat_map(|(_, values)| values.sources.clone()).collect();
        estimated
    };
    let (one, other) = (of(falling, falling_steps), of(steady, steady_steps));
    let bound = exponent * TENFOLD;
    let verdict = match (one.ends(), other.ends()) {
        (Some((_, upper)), Some((lower, _))) if upper < bound && lower > bound => Verdict::Supported,
        (Some((lower, _)), _) if lower > bound => Verdict::Contradicted,
        (_, Some((_, upper))) if upper < bound => Verdict::Contradicted,
        _ => Verdict::NotShown,
    };
    let words = format!("{}; {}", one.words(), other.words());
    let lines: Vec<Line> = vec![one.line, other.line];
    Decision { verdict, words, lines }
}

fn logarithms(values: &Values) -> BTreeMap<u32, Bound> {
    let one = Bound::Exactly(1.0);
    values.points.iter().filter_map(|(block, value)| Some((*block, Bound::log_ratio(*value, one).ok()?))).collect()
}

/// In each block that has all steps, the slope of the logarithms over those of the steps, by least squares.
fn growth(what: &str, each: &str, steps: &[(f64, BTreeMap<u32, Bound>)], standing: Standing) -> Estimated {
    let blocks = steps.first().map(|(_, first)| first.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
    let exactly = |value: &Bound| match value {
        Bound::Exactly(log) => Some(*log),
        Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => None,
    };
    let of_block = |block: u32| -> Option<Bound> {
        let points: Option<Vec<(f64, f64)>> =
            steps.iter().map(|(at, logs)| Some((*at, exactly(logs.get(&block)?)?))).collect();
        slope(&points?).map(|slope| Bound::Exactly(slope * TENFOLD))
    };
    let slopes: Vec<Bound> = blocks.into_iter().filter_map(of_block).collect();
    Estimated::of(what.to_owned(), each, &slopes, standing, vec![1.0])
}

fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (spread > 0.0).then(|| together / spread)
}
