use std::{
    cmp::Ordering,
    io::{self, Write},
};

use super::runner::{FinishedRun, SHOWN};
use crate::{result::Quantile, run::Pace};

/// Prints a row for each run, by rate and connections, within 80 columns.
pub(super) fn print(runs: &[FinishedRun], out: &mut impl Write) -> io::Result<()> {
    if runs.iter().any(|run| run.point.pace == Pace::Closed) {
        writeln!(out, "CLOSED LOOP: latencies omit what was not asked while a reply was awaited")?;
    }
    let heads = ["rate/s", "conns", "replies/s", "p50", "p90", "p99", "failed", "note"];
    line(heads.map(str::to_owned), out)?;
    let mut sorted: Vec<&FinishedRun> = runs.iter().collect();
    sorted.sort_by(|a, b| order(a, b));
    sorted.into_iter().try_for_each(|run| line(cells(run), out))
}

fn order(a: &FinishedRun, b: &FinishedRun) -> Ordering {
    let rate = |run: &FinishedRun| run.rate_per_s().unwrap_or(0.0);
    let place = |run: &FinishedRun| (run.point.connections, run.point.repetition);
    rate(a).total_cmp(&rate(b)).then_with(|| place(a).cmp(&place(b)))
}

fn cells(run: &FinishedRun) -> [String; 8] {
    let [p50, p90, p99, _] = run.percentiles.map(short);
    let rate = run.rate_per_s().map_or("closed".to_owned(), |rate| format!("{rate:.0}"));
    let throughput = format!("{:.0}", run.throughput_per_s);
    [rate, run.point.connections.to_string(), throughput, p50, p90, p99, run.failed.to_string(), run.note.clone()]
}

fn line(cells: [String; 8], out: &mut impl Write) -> io::Result<()> {
    let [rate, connections, throughput, p50, p90, p99, failed, note] = cells;
    writeln!(out, "{rate:>9} {connections:>6} {throughput:>9} {p50:>9} {p90:>9} {p99:>9} {failed:>7}  {note}")
}

/// Three digits and a unit, in at most nine columns.
fn short(quantile: Quantile) -> String {
    let digits = |value: f64| match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    };
    let scaled = |us: f64| match us {
        us if us < 999.5 => digits(us) + "us",
        us if us < 999_500.0 => digits(us / 1e3) + "ms",
        us => digits(us / 1e6) + "s",
    };
    match quantile {
        Quantile::Exactly(us) => scaled(us),
        Quantile::AtLeast(us) => format!(">={}", scaled(us)),
        Quantile::TooFew => "n/a".to_owned(),
    }
}

/// The runs as CSV, in the order in which they were made. Each percentile has two columns: its value, or what it is at
/// least where failed requests decide it; both are empty for too few samples.
pub(super) fn csv(runs: &[FinishedRun], out: &mut impl Write) -> io::Result<()> {
    write!(out, "run,rate_per_s,connections,repetition,seed,offered_per_s,throughput_per_s,requests,failed,note")?;
    SHOWN.iter().try_for_each(|(name, _)| write!(out, ",{name}_us,{name}_at_least_us"))?;
    writeln!(out)?;
    for (run, number) in runs.iter().zip(1..) {
        let rate = run.rate_per_s().map_or(String::new(), |rate| rate.to_string());
        let FinishedRun { point, seed, offered_per_s, throughput_per_s, requests, failed, note, .. } = run;
        let (connections, repetition) = (point.connections, point.repetition);
        write!(out, "{number},{rate},{connections},{repetition},{seed},{offered_per_s},{throughput_per_s}")?;
        write!(out, ",{requests},{failed},{note}")?;
        for percentile in run.percentiles {
            match percentile {
                Quantile::Exactly(us) => write!(out, ",{us},")?,
                Quantile::AtLeast(us) => write!(out, ",,{us}")?,
                Quantile::TooFew => write!(out, ",,")?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_fits_eighty_columns() {
        for (us, text) in [(0.5, "0.50us"), (999.4, "999us"), (999.6, "1.00ms"), (52_340.0, "52.3ms"), (3.6e9, "3600s")]
        {
            assert_eq!(short(Quantile::Exactly(us)), text);
        }
        let widest = short(Quantile::AtLeast(123_456.0));
        assert_eq!(widest, ">=123ms");
        let mut out = Vec::new();
        let cells = ["10000000", "100000", "10000000", &widest, &widest, &widest, "1000000", "interrupted"];
        line(cells.map(str::to_owned), &mut out).unwrap();
        assert!(out.len() <= 81, "{}", String::from_utf8(out).unwrap());
    }
}
