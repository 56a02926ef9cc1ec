//! What rules are given, and what they give back.

use std::collections::BTreeMap;

use crate::{
    claims::verdict::{Line, Verdict},
    format::{Quantity, Unit, counted},
    stats::{Bound, Evidence, Proportion, Scale, Standing},
};

/// A variant's values, one for each block or round.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::claims) struct Values {
    /// What was measured, of whom.
    pub(in crate::claims) what: String,
    pub(in crate::claims) unit: Unit,
    /// What is counted: `block`, or `round`.
    pub(in crate::claims) each: &'static str,
    pub(in crate::claims) points: BTreeMap<u32, Bound>,
    pub(in crate::claims) sources: Vec<String>,
}

/// How many of a variant's trials went one way.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::claims) struct Counts {
    /// What was counted, of whom.
    pub(in crate::claims) what: String,
    pub(in crate::claims) share: Proportion,
    pub(in crate::claims) sources: Vec<String>,
}

/// What a rule says of values.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::claims) struct Decision {
    pub(in crate::claims) verdict: Verdict,
    pub(in crate::claims) words: String,
    pub(in crate::claims) lines: Vec<Line>,
}

/// A ratio, or what else comes out on a logarithmic scale, with its interval; none of either where the blocks are too few.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimated {
    pub(super) evidence: Option<Evidence>,
    pub(super) line: Line,
}

impl Estimated {
    /// The ends of its interval, as logarithms.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        let interval = self.evidence?.interval?;
        Some((interval.lower, interval.upper))
    }

    /// From one logarithm for each block.
    pub(super) fn of(what: String, each: &str, logs: &[Bound], standing: Standing, bounds: Vec<f64>) -> Self {
        let n = counted(logs.len(), each);
        let evidence = Evidence::of(logs, standing).ok();
        let interval = evidence.and_then(|evidence| evidence.interval);
        let figure = match (evidence, interval) {
            (Some(evidence), Some(interval)) => Scale::Ratio.figure(evidence.estimate, &interval),
            _ => format!("no interval: {n} are too few"),
        };
        let shown = |log: f64| Some(log.exp()).filter(|ratio| ratio.is_finite());
        let estimate = evidence.and_then(|evidence| match evidence.estimate {
            Bound::Exactly(log) => shown(log),
            Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => None,
        });
        let ends = interval.map_or([None, None], |interval| [shown(interval.lower), shown(interval.upper)]);
        let line = Line { what, estimate, interval: ends, figure, n, bounds, sources: Vec::new() };
        Self { evidence, line }
    }

    /// The ratio of two variants in the blocks in which both have a value.
    pub(super) fn ratio(a: &Values, b: &Values, standing: Standing, bounds: Vec<f64>) -> Self {
        let logs = log_ratios(a, b);
        let compared: Vec<Bound> = logs.into_values().collect();
        let mut estimated = Self::of(format!("{} / {}", a.what, b.what), a.each, &compared, standing, bounds);
        estimated.line.sources = a.sources.iter().chain(&b.sources).cloned().collect();
        estimated
    }

    /// `what figure, n` in a clause.
    pub(super) fn words(&self) -> String {
        format!("{} {}, {}", self.line.what, self.line.figure, self.line.n)
    }
}

/// The logarithm of the ratio in each block that has both.
pub(super) fn log_ratios(a: &Values, b: &Values) -> BTreeMap<u32, Bound> {
    let ratio = |(block, value): (&u32, &Bound)| {
        let log = Bound::log_ratio(*value, *b.points.get(block)?).ok()?;
        Some((*block, log))
    };
    a.points.iter().filter_map(ratio).collect()
}

impl Line {
    /// A line of an amount.
    pub(super) fn amount(of: &Values, value: f64, ends: Option<[f64; 2]>, bounds: Vec<f64>) -> Self {
        let finite = |end: f64| Some(end).filter(|end| end.is_finite());
        Self {
            what: of.what.clone(),
            estimate: finite(value),
            interval: ends.map_or([None, None], |ends| ends.map(finite)),
            figure: Quantity::Amount(of.unit).figure(value, ends),
            n: counted(of.points.len(), of.each),
            bounds,
            sources: of.sources.clone(),
        }
    }
}
