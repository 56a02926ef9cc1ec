use super::{Bound, Evidence, Finding, Scale, Side, Verdict, words};

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
        let blocks = counted(self.evidence.blocks);
        match self.verdict {
            Verdict::Faster { better, by, interval } => {
                format!("{} is {word}, {}, {blocks}", name(better), by_how_much(scale, by, interval))
            }
            Verdict::Equivalent { interval } => {
                let range = words::range(scale, interval.lower, interval.upper);
                format!("equivalent within {}, {range}, {blocks}", self.question.margin.words())
            }
            Verdict::FasterBetween { better, interval } => {
                let (least, most) = words::ends(scale, interval.lower, interval.upper);
                format!("{} is {word}, by between {least} and {most}, {blocks}", name(better))
            }
            Verdict::NotShown { could_hide_up_to } => {
                format!("no difference shown; could hide {}, {blocks}", up_to(scale, could_hide_up_to))
            }
            Verdict::Screening { agree, range, needed } => {
                let range = words::range(scale, range.0, range.1);
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

    /// The verdict for the cell of a table, in the manner of benchstat: `1.80x`, `1.02x..1.12x`, `=`, `~`, and `?` where
    /// there are too few blocks. Exploratory rows have their interval.
    #[must_use]
    pub fn mark(&self) -> String {
        let scale = self.scale();
        match self.verdict {
            Verdict::Faster { by, interval, .. } => words::number(scale, by, &interval),
            Verdict::FasterBetween { interval, .. } => {
                let (least, most) = words::ends(scale, interval.lower, interval.upper);
                format!("{least}..{most}")
            }
            Verdict::Equivalent { .. } => "=".to_owned(),
            Verdict::NotShown { .. } => "~".to_owned(),
            Verdict::Screening { .. } => "?".to_owned(),
            Verdict::IntervalOnly => self.first_against_second(),
        }
    }

    /// The first against the second, whichever is better: "0.56x [0.53, 0.59]"; the range where there is no interval.
    #[must_use]
    pub fn first_against_second(&self) -> String {
        let Evidence { estimate, interval, range, .. } = self.evidence;
        match interval {
            Some(interval) => words::estimate(self.scale(), estimate, &interval),
            None => format!("range {}", words::range(self.scale(), range.0, range.1)),
        }
    }

    fn scale(&self) -> Scale {
        self.question.margin.scale()
    }
}

fn by_how_much(scale: Scale, by: Bound, interval: super::Interval) -> String {
    let estimate = words::estimate(scale, by, &interval);
    match scale {
        Scale::Ratio => estimate,
        Scale::Difference(_) => format!("by {estimate}"),
    }
}

fn up_to(scale: Scale, value: f64) -> String {
    let size = words::size(scale, value);
    if value.is_finite() { format!("up to {size}") } else { size }
}

fn counted(blocks: usize) -> String {
    if blocks == 1 { "1 block".to_owned() } else { format!("{blocks} blocks") }
}
