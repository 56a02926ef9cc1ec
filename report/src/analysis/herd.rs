use loadgen::result::{Percentiles, Quantile, RunResult};
use serde::{Deserialize, Serialize};

use super::{
    estimate::{Estimate, estimate},
    evidence::{Excluded, Ledger, Reading, why_none},
};
use crate::{
    plan::{Role, Workload},
    results::HerdUse,
    stats::Bound,
};

/// What five servers of one variant spend on updates that one of them receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HerdCosts {
    /// The variant's name.
    pub variant: String,
    /// At a light load, from the intended start of an update until it is seen at the farthest server, µs.
    pub seen_p50_us: Option<Estimate>,
    /// As `seen_p50_us`.
    pub seen_p90_us: Option<Estimate>,
    /// Latency of the replies to the same updates, from the intended start, µs.
    pub reply_p50_us: Option<Estimate>,
    /// The same load on a server that only replies: a null round trip, µs.
    pub null_p50_us: Option<Estimate>,
    /// `seen_p50_us` in null round trips, block by block.
    pub seen_in_round_trips: Option<Estimate>,
    /// Updates a second that were answered under load: what was offered, unless the servers could not keep up.
    pub updates_per_s: Option<Estimate>,
    /// Under load, from its end until all servers had shown every acknowledged record, µs.
    pub settled_us: Option<Estimate>,
    /// Under load, each server's processor time per update, µs, by name; the one that is told first.
    pub cpu_per_update_us: Vec<(String, Option<Estimate>)>,
    /// Records that the servers send each other, per update; none where they have no admin pages.
    pub records_per_update: Option<Estimate>,
    /// Runs in which a server never came to hold an update.
    pub lost: u32,
    /// Why there are no values, where there are none; else empty.
    pub why: String,
}

/// What a lost update is excluded by; see the reason that `compare` gives.
const LOST: &str = "lost: ";

/// What five servers of each variant spend on updates that one of them receives, in the plan's order; empty where the plan does
/// not ask.
pub(super) fn herd(ledger: &Ledger<'_>) -> Vec<HerdCosts> {
    let of_role = |role: Role| ledger.plan().workload.iter().find(|workload| workload.role == role);
    let (loaded, light) = (of_role(Role::Herd), of_role(Role::Farthest));
    let runs = |variant: &&String| [loaded, light].iter().flatten().any(|workload| ledger.runs(workload, variant));
    ledger.plan().variants.iter().filter(runs).map(|variant| costs(ledger, loaded, light, variant)).collect()
}

fn costs(ledger: &Ledger<'_>, loaded: Option<&Workload>, light: Option<&Workload>, variant: &str) -> HerdCosts {
    let readings = |workload: Option<&Workload>| {
        workload.map_or_else(Vec::new, |workload| ledger.readings(&workload.name, variant))
    };
    let (under_load, lightly) = (readings(loaded), readings(light));
    let both = [loaded, light].into_iter().flatten();
    let why: Vec<String> = both.clone().map(|workload| why_none(ledger, workload, variant)).collect();
    HerdCosts {
        variant: variant.to_owned(),
        seen_p50_us: over_blocks(&lightly, |one| us(seen(one)?.p50)),
        seen_p90_us: over_blocks(&lightly, |one| us(seen(one)?.p90)),
        reply_p50_us: over_blocks(&lightly, |one| us(one.figures.as_ref()?.percentiles.p50)),
        null_p50_us: over_blocks(&lightly, null_p50_us),
        seen_in_round_trips: over_blocks(&lightly, |one| Some(us(seen(one)?.p50)? / null_p50_us(one)?)),
        updates_per_s: over_blocks(&under_load, |one| Some(one.figures.as_ref()?.throughput_per_s)),
        settled_us: over_blocks(&under_load, settled_us),
        cpu_per_update_us: cpu_by_server(&under_load),
        records_per_update: over_blocks(&under_load, records_per_update),
        lost: both.map(|workload| lost(ledger, workload, variant)).sum(),
        why: why.into_iter().find(|why| !why.is_empty()).unwrap_or_default(),
    }
}

fn over_blocks(readings: &[&Reading<'_>], value: impl Fn(&Reading<'_>) -> Option<f64>) -> Option<Estimate> {
    let is_sound = |value: &f64| value.is_finite() && *value >= 0.0;
    let of = |one: &&Reading<'_>| Some((Bound::Exactly(value(one).filter(is_sound)?), one.source.clone()));
    estimate(&readings.iter().filter_map(of).collect::<Vec<_>>())
}

/// A percentile of which no failed request decides anything.
fn us(percentile: Quantile) -> Option<f64> {
    percentile.exact_us()
}

fn result<'a>(reading: &'a Reading<'_>) -> Option<&'a RunResult> {
    reading.figures.as_ref().map(|figures| &figures.result)
}

/// From the intended start of an update until it was seen at the farthest server.
fn seen<'a>(reading: &'a Reading<'_>) -> Option<&'a Percentiles> {
    result(reading)?.seen_at_seat.as_ref().map(|seen| &seen.percentiles)
}

fn null_p50_us(reading: &Reading<'_>) -> Option<f64> {
    us(reading.run.herd.as_ref()?.null.as_ref()?.latency.from_intended.percentiles.p50).filter(|us| *us > 0.0)
}

/// The server that took longest.
fn settled_us(reading: &Reading<'_>) -> Option<f64> {
    let after_s: Option<Vec<f64>> = result(reading)?.settled.iter().map(|server| server.after_s).collect();
    after_s?.into_iter().reduce(f64::max).map(|after_s| after_s * 1e6)
}

/// Processor time of each server in the window per update that was answered in it.
fn cpu_by_server(readings: &[&Reading<'_>]) -> Vec<(String, Option<Estimate>)> {
    let uses: Vec<&HerdUse> = readings.iter().filter_map(|one| one.run.herd.as_ref()).collect();
    let names = uses.first().map_or_else(Vec::new, |first| first.servers.iter().map(|server| &server.name).collect());
    let of = |name: &String| {
        over_blocks(readings, |one| {
            let server = one.run.herd.as_ref()?.servers.iter().find(|server| server.name == *name)?;
            Some(server.cpu_s? * 1e6 / one.figures.as_ref()?.completed as f64)
        })
    };
    names.into_iter().map(|name| (name.clone(), of(name))).collect()
}

/// Records that all servers sent to each other, per update.
fn records_per_update(reading: &Reading<'_>) -> Option<f64> {
    let sent: Option<Vec<u64>> = reading.run.herd.as_ref()?.servers.iter().map(|server| server.records_sent).collect();
    let updates = Some(result(reading)?.replies).filter(|updates| *updates > 0)?;
    Some(sent?.iter().sum::<u64>() as f64 / updates as f64)
}

/// Runs in which a server never came to hold an update.
fn lost(ledger: &Ledger<'_>, workload: &Workload, variant: &str) -> u32 {
    let file = format!("runs/{}/{variant}.jsonl#", workload.name);
    let is_lost = |one: &&Excluded| one.source.starts_with(&file) && one.why.starts_with(LOST);
    u32::try_from(ledger.excluded.iter().filter(is_lost).count()).unwrap_or(u32::MAX)
}
