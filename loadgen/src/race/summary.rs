use std::io::{self, Write};

use super::RaceProgress;
use crate::{
    output::ProgressLine,
    result::{RaceResult, Slice},
};

/// Shows on a terminal how far a race is.
pub(super) fn show(line: &ProgressLine, progress: &RaceProgress<'_>) {
    match progress {
        RaceProgress::Opening { server, .. } => line.show(format!("opening connections to {server}")),
        RaceProgress::Racing { driven, all, left } => {
            line.show(format!("slice {driven} of {all}   {} s left", left.as_secs()));
        }
    }
}

/// Prints a line for each server. Ratios are to the first one: of the sums over all slices, and in brackets the lowest and
/// the highest ratio of two neighbouring rounds.
pub(super) fn print(result: &RaceResult, out: &mut impl Write) -> io::Result<()> {
    if result.interrupted {
        writeln!(out, "interrupted after {} slices", result.slices.len())?;
    }
    for server in &result.left_out {
        writeln!(out, "{} is left out: {}", server.name, server.why)?;
    }
    let slices = result.slices.len() / result.servers.len().max(1);
    writeln!(
        out,
        "{slices} slices of {:.0} ms each, {:.0} ms before each not measured; ratios to {}",
        result.slice_s * 1e3,
        result.lead_s * 1e3,
        result.servers.first().map_or("nobody", |server| &server.name)
    )?;
    writeln!(out, "\n{:<24}{:>12}{:>14}  {:<26}{:>8}", "", "replies/s", "CPU a reply", "ratio of it", "failed")?;
    for (place, server) in result.servers.iter().enumerate() {
        let cpu = cost_us(&of(result, place)).map_or("-".to_owned(), |us| format!("{us:.2} µs"));
        let ratio = ratio(result, place).unwrap_or_default();
        let failed = server.run.faults.total();
        writeln!(out, "{:<24}{:>12.0}{cpu:>14}  {ratio:<26}{failed:>8}", server.name, server.run.throughput_per_s)?;
    }
    Ok(())
}

/// The slices of a server.
fn of(result: &RaceResult, server: usize) -> Vec<&Slice> {
    result.slices.iter().filter(|slice| slice.server == server).collect()
}

/// A server's processor time for each reply of some slices, in microseconds.
fn cost_us(slices: &[&Slice]) -> Option<f64> {
    let spent = |slice: &&Slice| {
        let others: Option<f64> = slice.others_cpu_s.iter().copied().sum();
        Some(slice.server_cpu_s? + others?)
    };
    let cpu_s: f64 = slices.iter().map(spent).sum::<Option<f64>>()?;
    let replies: u64 = slices.iter().map(|slice| slice.replies).sum();
    (replies > 0).then(|| cpu_s * 1e6 / replies as f64)
}

/// What a reply costs in comparison with the first server, with the range over pairs of rounds.
fn ratio(result: &RaceResult, server: usize) -> Option<String> {
    if server == 0 {
        return None;
    }
    let (mine, first) = (of(result, server), of(result, 0));
    let whole = cost_us(&mine)? / cost_us(&first)?;
    let pairs = mine.chunks(2).zip(first.chunks(2));
    let ratios: Vec<f64> = pairs.filter_map(|(mine, first)| Some(cost_us(mine)? / cost_us(first)?)).collect();
    let lowest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = ratios.iter().copied().fold(0.0, f64::max);
    Some(format!("{whole:.2}x [{lowest:.2}, {highest:.2}]"))
}
