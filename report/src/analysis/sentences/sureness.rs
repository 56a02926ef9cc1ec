use super::clause::sentence;
use crate::{
    analysis::{
        Outcome, Row, Standing, Trust,
        belief::{placement_in_words, twins_in_words},
    },
    plan::{Metric, Plan},
    stats::{Scale, words},
};

/// How sure all this is: blocks, exclusions, the noise floor, placement.
pub(super) fn sureness(plan: &Plan, rows: &[Row], trust: &Trust) -> String {
    let Trust { blocks_whole, blocks_planned, runs_measured, runs_excluded, .. } = trust;
    let blocks = format!("this rests on {blocks_whole} of {blocks_planned} whole blocks");
    let excluded = match runs_excluded {
        0 => "no run excluded".to_owned(),
        some => format!("{some} of {} runs excluded", runs_measured + runs_excluded),
    };
    let twins = twins_in_words(&trust.twins);
    let floor = noise_floor(rows).map_or_else(|| twins.clone(), |floor| format!("{twins} ({floor})"));
    sentence(&format!("{blocks} with {excluded}; {floor}; {}", placement_in_words(plan.placement)))
}

/// How far the same server entered twice may seem to differ by throughput or processor time, at the widest.
fn noise_floor(rows: &[Row]) -> Option<String> {
    let is_told = |row: &&Row| {
        row.standing == Standing::Twin
            && row.outcome == Outcome::IntervalOnly
            && matches!(row.metric, Metric::Throughput | Metric::CpuPerRequest)
    };
    let farthest = |row: &Row| {
        let interval = row.interval?;
        Some(interval.high?.ln().abs().max(interval.low.ln().abs()))
    };
    let widest = rows.iter().filter(is_told).filter_map(farthest).filter(|far| far.is_finite()).reduce(f64::max)?;
    Some(format!("noise up to {} in throughput and CPU", words::size(Scale::Ratio, widest)))
}
