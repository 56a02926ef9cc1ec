use crate::{
    analysis::{
        Standing,
        evidence::{Ledger, Reading, measure},
    },
    plan::{Metric, Workload},
    stats::Bound,
};

/// What a row asks: two variants, in one workload, by one metric.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Contest<'a> {
    pub(in crate::analysis) workload: &'a Workload,
    pub(in crate::analysis) metric: Metric,
    pub(in crate::analysis) a: &'a str,
    pub(in crate::analysis) b: &'a str,
    pub(in crate::analysis) standing: Standing,
}

/// What one block says of both.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Pair {
    pub(in crate::analysis) block: u32,
    pub(in crate::analysis) a: Bound,
    pub(in crate::analysis) b: Bound,
}

impl Pair {
    /// Whether either value is known from one side only.
    pub(super) fn is_open(&self) -> bool {
        [self.a, self.b].iter().any(|bound| match bound {
            Bound::Exactly(_) => false,
            Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => true,
        })
    }
}

impl Contest<'_> {
    /// The blocks in which both have a value.
    pub(in crate::analysis) fn pairs(&self, ledger: &Ledger<'_>) -> Vec<Pair> {
        let name = &self.workload.name;
        let value =
            |reading: &Reading<'_>| measure(self.metric, self.workload, reading).filter(|value| has_a_ratio(*value));
        let pair = |a: &Reading<'_>| {
            let block = a.run.block;
            Some(Pair { block, a: value(a)?, b: value(ledger.reading(name, self.b, block)?)? })
        };
        ledger.readings(name, self.a).into_iter().filter_map(pair).collect()
    }

    /// What each block says of one variant, with its file.
    pub(in crate::analysis) fn values(&self, ledger: &Ledger<'_>, variant: &str) -> Vec<(Bound, String)> {
        let readings = ledger.readings(&self.workload.name, variant).into_iter();
        readings
            .filter_map(|reading| Some((measure(self.metric, self.workload, reading)?, reading.source.clone())))
            .collect()
    }
}

/// Slopes of memory may come out at zero or below, where noise is all there is.
fn has_a_ratio(value: Bound) -> bool {
    match value {
        Bound::Exactly(number) | Bound::AtLeast(number) | Bound::AtMost(number) => number > 0.0,
        Bound::Unknown => true,
    }
}
