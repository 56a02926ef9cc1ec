//! The verdict on a question, in words too.

use serde::Serialize;

use crate::format::counted;

use super::{
    interval::{Bound, Interval},
    question::{Evidence, Question, Scale, Standing},
    sample::SampleError,
};

/// Below this no verdict is given, whatever the level (METHOD 2.4).
const LEAST_BLOCKS: usize = 6;

/// One of the two that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The first of each block's two measures.
    First,
    /// The second.
    Second,
}

/// What a row says. All values are on the scale of the margin, log-ratios or differences; where a side is better, they
/// are turned so that they are positive in its favour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// The interval lies wholly beyond the margin.
    Faster {
        /// The better one: faster, or whatever the metric calls it.
        better: Side,
        /// The estimate.
        by: Bound,
        /// The interval that lies beyond the margin.
        interval: Interval,
    },
    /// The interval of two one-sided tests lies within the margin: first against second.
    Equivalent {
        /// That interval.
        interval: Interval,
    },
    /// The interval leaves out "no difference", yet not all of the margin.
    FasterBetween {
        /// The better one.
        better: Side,
        /// By between its ends.
        interval: Interval,
    },
    /// No difference was shown, which does not mean that there is none.
    NotShown {
        /// The interval, turned so that its upper end is the largest difference, to either side, that it leaves open.
        farthest: Interval,
    },
    /// Too few blocks for a verdict at this level.
    Screening {
        /// The side that all blocks favour.
        agree: Option<Side>,
        /// The least and the greatest block, turned to that side, or first against second without one.
        range: (f64, f64),
        /// How many blocks a verdict takes at least.
        needed: usize,
    },
    /// An exploratory row: its interval stands in the evidence, and no verdict.
    IntervalOnly,
}

/// The answer to a question: what the blocks say, and the verdict on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The question.
    pub question: Question,
    /// What the blocks say, first against second.
    pub evidence: Evidence,
    /// The verdict.
    pub verdict: Verdict,
}

impl Question {
    /// Answers from what each block measured of the first and of the second variant.
    pub fn judge(&self, blocks: &[(f64, f64)]) -> Result<Finding, SampleError> {
        let bounds: Vec<_> =
            blocks.iter().map(|&(first, second)| (Bound::Exactly(first), Bound::Exactly(second))).collect();
        self.judge_censored(&bounds)
    }

    /// The same where measures may be known from one side only.
    pub fn judge_censored(&self, blocks: &[(Bound, Bound)]) -> Result<Finding, SampleError> {
        let scale = self.margin.scale();
        let compared = blocks.iter().map(|&(first, second)| scale.compare(first, second));
        let evidence = Evidence::of(&compared.collect::<Result<Vec<_>, _>>()?, self.standing)?;
        Ok(Finding::of(*self, evidence))
    }
}

impl Finding {
    /// The rules of METHOD 2.4, in their order.
    #[must_use]
    pub fn of(question: Question, evidence: Evidence) -> Self {
        Self { question, evidence, verdict: verdict(question, &evidence) }
    }
}

fn verdict(question: Question, evidence: &Evidence) -> Verdict {
    let sign = question.advantage.sign();
    let (Some(interval), Some(equivalence), LEAST_BLOCKS..) =
        (evidence.interval, evidence.equivalence, evidence.blocks)
    else {
        return screening(evidence, sign);
    };
    match question.standing {
        Standing::Exploratory => return Verdict::IntervalOnly,
        Standing::Primary { .. } => {}
    }
    let reach = question.margin.reach();
    let ahead = ahead(interval, sign);
    match ahead {
        Some((better, interval)) if interval.is_above(reach) => {
            Verdict::Faster { better, by: turned(evidence.estimate, better, sign), interval }
        }
        _ if equivalence.is_within(reach) => Verdict::Equivalent { interval: equivalence },
        Some((better, interval)) => Verdict::FasterBetween { better, interval },
        None => Verdict::NotShown { farthest: interval.farthest_above() },
    }
}

/// The side in whose favour all of the interval lies, and the interval turned to it.
fn ahead(interval: Interval, sign: f64) -> Option<(Side, Interval)> {
    let sided = |side, interval: Interval| interval.is_above(0.0).then_some((side, interval));
    let (upward, downward) = if sign > 0.0 { (Side::First, Side::Second) } else { (Side::Second, Side::First) };
    sided(upward, interval).or_else(|| sided(downward, interval.mirrored()))
}

fn turned(estimate: Bound, better: Side, sign: f64) -> Bound {
    if is_upward(better, sign) { estimate } else { estimate.mirrored() }
}

/// Whether values above zero favour this side.
fn is_upward(side: Side, sign: f64) -> bool {
    match side {
        Side::First => sign > 0.0,
        Side::Second => sign < 0.0,
    }
}

fn screening(evidence: &Evidence, sign: f64) -> Verdict {
    let (lower, upper) = evidence.range;
    let side = ahead(Interval { lower, upper, achieved: 0.0 }, sign);
    Verdict::Screening {
        agree: side.map(|(side, _)| side),
        range: side.map_or(evidence.range, |(_, turned)| (turned.lower, turned.upper)),
        needed: evidence.level.least_blocks().max(LEAST_BLOCKS),
    }
}

impl Finding {
    /// The verdict as a sentence without a full stop: "threads is faster, 1.80x [1.70, 1.90], 10 blocks".
    ///
    /// Ratios are those of the better over the worse: a server that is cheaper, 1.80x, needs 1/1.80 of the other's.
    #[must_use]
    pub fn sentence(&self, first: &str, second: &str) -> String {
        let name = |side| match side {
            Side::First => first,
            Side::Second => second,
        };
        let (scale, word) = (self.scale(), self.question.advantage.word());
        let blocks = counted(self.evidence.blocks, "block");
        match self.verdict {
            Verdict::Faster { better, by, interval } => {
                format!("{} is {word}, {}, {blocks}", name(better), by_how_much(scale, by, interval))
            }
            Verdict::Equivalent { interval } => {
                let range = scale.quantity().range(scale.ends(interval.lower, interval.upper));
                format!("equivalent within {}, {range}, {blocks}", self.question.margin.words())
            }
            Verdict::FasterBetween { better, interval } => {
                let [least, most] = scale.quantity().ends(scale.ends(interval.lower, interval.upper));
                format!("{} is {word}, by between {least} and {most}, {blocks}", name(better))
            }
            Verdict::NotShown { farthest } => {
                format!("no difference shown; could hide {}, {blocks}", scale.up_to(&farthest))
            }
            Verdict::Screening { agree, range, needed } => {
                let range = scale.quantity().range(scale.ends(range.0, range.1));
                let said = match (agree, self.evidence.blocks) {
                    (Some(side), 1) => format!("one block favours {}, {range}", name(side)),
                    (Some(side), _) => format!("all {blocks} agree on {}, range {range}", name(side)),
                    (None, _) => format!("the {blocks} do not agree, range {range}"),
                };
                format!("screening: {said}; need at least {needed} blocks for a verdict")
            }
            Verdict::IntervalOnly => format!("{}, {blocks}", self.first_against_second()),
        }
    }

    /// The first against the second, whichever is better: "0.56x [0.53, 0.59]"; the range where there is no interval.
    #[must_use]
    pub fn first_against_second(&self) -> String {
        let Evidence { estimate, interval, range, .. } = self.evidence;
        match interval {
            Some(interval) => self.scale().figure(estimate, &interval),
            None => format!("range {}", self.scale().quantity().range(self.scale().ends(range.0, range.1))),
        }
    }

    fn scale(&self) -> Scale {
        self.question.margin.scale()
    }
}

fn by_how_much(scale: Scale, by: Bound, interval: Interval) -> String {
    let estimate = scale.figure(by, &interval);
    match scale {
        Scale::Ratio => estimate,
        Scale::Difference(_) => format!("by {estimate}"),
    }
}
