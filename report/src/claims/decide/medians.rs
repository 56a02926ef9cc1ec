//! Rules about where a variant's values lie.

use super::values::{Decision, Values};
use crate::{
    claims::{
        rule::Range,
        verdict::{Line, Verdict},
    },
    format::Quantity,
    stats::{Bound, CensoredMedian, Level, censored_median},
};

/// Whether all variants lie above a bound.
pub(in crate::claims) fn above(all: &[Values], bound: f64, level: Level) -> Decision {
    let lines: Vec<(Line, Option<[f64; 2]>)> = all.iter().map(|values| median(values, level, vec![bound])).collect();
    let count = |holds: &dyn Fn([f64; 2]) -> bool| lines.iter().filter(|(_, ends)| ends.is_some_and(holds)).count();
    let (beyond, within) = (count(&|[lower, _]| lower > bound), count(&|[_, upper]| upper <= bound));
    let verdict = match (beyond, within) {
        (beyond, _) if beyond == all.len() => Verdict::Supported,
        (_, within) if within == all.len() => Verdict::Contradicted,
        _ => Verdict::NotShown,
    };
    decision(verdict, lines.into_iter().map(|(line, _)| line).collect())
}

/// Whether values lie in their ranges.
pub(in crate::claims) fn ranges(all: &[(&Range, Values)], level: Level) -> Decision {
    let of = |(range, values): &(&Range, Values)| {
        let (least, most) = (range.least.unwrap_or(f64::NEG_INFINITY), range.most.unwrap_or(f64::INFINITY));
        let bounds: Vec<f64> = range.least.into_iter().chain(range.most).collect();
        let (line, ends) = if range.counted { fact(values, bounds) } else { median(values, level, bounds) };
        let is_in = ends.is_some_and(|[lower, upper]| lower >= least && upper <= most);
        let is_out = ends.is_some_and(|[lower, upper]| upper < least || lower > most);
        (line, is_in, is_out)
    };
    let judged: Vec<(Line, bool, bool)> = all.iter().map(of).collect();
    let verdict = if judged.iter().any(|(_, _, is_out)| *is_out) {
        Verdict::Contradicted
    } else if judged.iter().all(|(_, is_in, _)| *is_in) {
        Verdict::Supported
    } else {
        Verdict::NotShown
    };
    decision(verdict, judged.into_iter().map(|(line, _, _)| line).collect())
}

fn decision(verdict: Verdict, lines: Vec<Line>) -> Decision {
    let words: Vec<String> = lines.iter().map(|line| format!("{} {}, {}", line.what, line.figure, line.n)).collect();
    Decision { verdict, words: words.join("; "), lines }
}

/// The median with the ends of its interval, an open one infinite; no ends where the blocks are too few.
fn median(values: &Values, level: Level, bounds: Vec<f64>) -> (Line, Option<[f64; 2]>) {
    let all: Vec<Bound> = values.points.values().copied().collect();
    let middle = censored_median(&all).unwrap_or(Bound::Unknown);
    let found = CensoredMedian::of(&all, level).ok().flatten();
    let ends = found.map(|found| [found.interval.lower, found.interval.upper]);
    let mut line = match (middle, ends) {
        (Bound::Exactly(value), _) => Line::amount(values, value, ends, bounds),
        (Bound::AtLeast(least), _) => at_least(values, least, ends, bounds),
        (Bound::AtMost(_) | Bound::Unknown, _) => {
            let figure = "unknown".to_owned();
            Line { figure, estimate: None, ..Line::amount(values, 0.0, ends, bounds) }
        }
    };
    if ends.is_none() {
        line.n += ", too few for an interval";
    }
    (line, ends)
}

fn at_least(values: &Values, least: f64, ends: Option<[f64; 2]>, bounds: Vec<f64>) -> Line {
    let figure = format!("≥ {}", Quantity::Amount(values.unit).figure(least, ends));
    Line { figure, ..Line::amount(values, least, ends, bounds) }
}

/// What is counted once is what it is, and where it was counted again, all of the counts.
fn fact(values: &Values, bounds: Vec<f64>) -> (Line, Option<[f64; 2]>) {
    let known: Vec<f64> = values.points.values().map(|bound| bound.least()).collect();
    let [least, most] =
        [known.iter().copied().fold(f64::INFINITY, f64::min), known.iter().copied().fold(f64::NEG_INFINITY, f64::max)];
    let ends = (!known.is_empty()).then_some([least, most]);
    let is_one = least.total_cmp(&most).is_eq();
    let line = Line::amount(values, least, if is_one { None } else { ends }, bounds);
    (Line { n: "counted".to_owned(), ..line }, ends)
}
