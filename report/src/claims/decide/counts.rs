//! The rule about shares of trials.

use super::values::{Counts, Decision};
use crate::{
    claims::verdict::{Line, Verdict},
    format::share,
    stats::{Interval, Level},
};

/// Whether a's share is larger than b's.
pub(in crate::claims) fn shares(a: &Counts, b: &Counts, margin: f64, level: Level) -> Decision {
    let difference = a.share.less(b.share, level);
    let verdict = if difference.lower > 0.0 {
        Verdict::Supported
    } else if difference.upper <= margin {
        Verdict::Contradicted
    } else {
        Verdict::NotShown
    };
    let [one, other] = [a, b].map(|counts| line(counts, level));
    let by = points(&difference);
    let words =
        format!("{} {}, {}; {} {}, {}; {by} apart", one.what, one.figure, one.n, other.what, other.figure, other.n);
    Decision { verdict, words, lines: vec![one, other] }
}

fn line(counts: &Counts, level: Level) -> Line {
    let Interval { lower, upper, .. } = counts.share.wilson(level);
    let (hits, trials) = counts.share.counts();
    let figure = format!("{} [{}, {}]", share(counts.share.share()), share(lower), share(upper));
    Line {
        what: counts.what.clone(),
        estimate: Some(counts.share.share()),
        interval: [Some(lower), Some(upper)],
        figure,
        n: format!("{hits} of {trials}"),
        bounds: Vec::new(),
        sources: counts.sources.clone(),
    }
}

/// An interval of a difference of shares, in points of a hundred.
fn points(difference: &Interval) -> String {
    format!("{:+.1} to {:+.1} points", difference.lower * 100.0, difference.upper * 100.0)
}
