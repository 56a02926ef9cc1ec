//! What another measurement says against a difference that is shown: the control, or the same load measured a second time.
//!
//! Invariant: it takes headlines away and never makes one.

use super::{
    comparison::{Comparison, Standing},
    evidence::Ledger,
};
use crate::{
    plan::{Role, Workload},
    stats::{self, Bound, Evidence, Interval, Scale},
};

/// One measurement of two variants: logarithms of the ratio and its interval at 95 %.
#[derive(Clone, Copy, Debug)]
struct Measured {
    estimate: f64,
    interval: Interval,
}

/// Why a difference between two variants is not told though it is shown; none where nothing speaks against it, and where
/// none is shown.
pub(super) fn contradiction<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'a>) -> Option<String> {
    let own = measured(comparison, ledger).filter(Measured::shows)?;
    by_control(comparison, ledger, own).or_else(|| by_second(comparison, ledger, own))
}

/// Threads differ from themselves, and by as much as what is shown.
fn by_control<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'a>, own: Measured) -> Option<String> {
    let plan = ledger.plan();
    let control = Comparison { a: &plan.twin, b: &plan.threads, standing: Standing::Control, ..*comparison };
    let control = measured(&control, ledger).filter(Measured::shows)?;
    let reach = control.interval.farthest_above().upper;
    (own.estimate.abs() <= reach)
        .then(|| format!("{} is shown, where the same server differs from itself by {}", own.words(), control.words()))
}

/// The same load, measured in another workload of the plan, does not show the same.
fn by_second<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'a>, own: Measured) -> Option<String> {
    let here = comparison.workload;
    let others = ledger.plan().workload.iter().filter(|other| other.name != here.name && is_same_load(here, other));
    others.into_iter().find_map(|workload| {
        let second = measured(&Comparison { workload, ..*comparison }, ledger)?;
        let told = || format!("{} here, {} for the same load in {}", own.words(), second.words(), workload.name);
        (!own.agrees_with(second)).then(told)
    })
}

fn measured<'a>(comparison: &Comparison<'a>, ledger: &Ledger<'a>) -> Option<Measured> {
    let logs: Result<Vec<_>, _> =
        comparison.pairs(ledger).iter().map(|pair| Bound::log_ratio(pair.a, pair.b)).collect();
    let evidence = Evidence::of(&logs.ok()?, stats::Standing::Exploratory).ok()?;
    match evidence.estimate {
        Bound::Exactly(estimate) => Some(Measured { estimate, interval: evidence.interval? }),
        Bound::AtLeast(_) | Bound::AtMost(_) | Bound::Unknown => None,
    }
}

impl Measured {
    fn shows(&self) -> bool {
        !self.interval.holds(0.0)
    }

    /// Both show a difference to the same side, or each estimate lies in the other's interval.
    fn agrees_with(self, other: Self) -> bool {
        let is_same_side = self.shows() && other.shows() && self.estimate.signum() == other.estimate.signum();
        is_same_side || (self.interval.holds(other.estimate) && other.interval.holds(self.estimate))
    }

    fn words(self) -> String {
        Scale::Ratio.figure(Bound::Exactly(self.estimate), &self.interval)
    }
}

/// Whether two workloads put the same load on a server.
fn is_same_load(one: &Workload, other: &Workload) -> bool {
    let is_raced = |workload: &Workload| matches!(workload.role, Role::Race | Role::Map | Role::Rate);
    let shape = |workload: &Workload| {
        let Workload { connections, idle, depth, requests_per_connection, pace, .. } = *workload;
        (connections, idle, depth, requests_per_connection, pace)
    };
    let delay = |workload: &Workload| workload.places_delay_ms.filter(|_| workload.whatsat > 0).unwrap_or(0.0);
    let is_same_mix =
        u64::from(one.iamat) * u64::from(other.whatsat) == u64::from(one.whatsat) * u64::from(other.iamat);
    is_raced(one)
        && is_raced(other)
        && shape(one) == shape(other)
        && is_same_mix
        && delay(one).total_cmp(&delay(other)).is_eq()
}
