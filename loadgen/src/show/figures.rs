use super::named::{NamedRun, quantile};
use crate::{
    format::{Unit, share},
    result::Cpu,
};

/// What stands over the figures of a run.
pub(super) const HEADINGS: [&str; 10] = [
    "Run",
    "Replies a second",
    "p50",
    "p90",
    "p99",
    "p99.9",
    "Longest",
    "Failed",
    "Server CPU per reply",
    "Generator CPU per reply",
];

/// The figures of a run, as [`HEADINGS`] names them.
pub(super) fn figures(run: &NamedRun) -> [String; 10] {
    let (result, latency) = (&run.result, run.latency());
    let percentiles = latency.percentiles;
    let cpu = |cpu: Option<Cpu>| {
        cpu.filter(|_| result.completed > 0)
            .map_or_else(|| "–".to_owned(), |cpu| Unit::Us.value(cpu.total_s * 1e6 / result.completed as f64))
    };
    let failed = result.faults.total();
    [
        run.name.clone(),
        Unit::PerSecond.value(result.throughput_per_s),
        quantile(percentiles.p50),
        quantile(percentiles.p90),
        quantile(percentiles.p99),
        quantile(percentiles.p99_9),
        quantile(latency.max),
        if failed == 0 { "0".to_owned() } else { share(failed as f64 / result.requests.max(1) as f64) },
        cpu(result.spent.server),
        cpu(result.spent.client),
    ]
}

/// A table for a terminal: the first column to the left, all others to the right.
pub(super) fn table(runs: &[NamedRun]) -> String {
    let head = HEADINGS.map(str::to_owned);
    let lines: Vec<_> = std::iter::once(head).chain(runs.iter().map(figures)).collect();
    let widths: [usize; 10] =
        std::array::from_fn(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0));
    let line = |line: &[String; 10]| {
        let cells = line
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(at, (cell, width))| if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{EXAMPLE_RUN, parse};

    #[test]
    fn columns_stand_below_their_headings() {
        let run = |name: &str| NamedRun { name: name.to_owned(), result: parse(EXAMPLE_RUN.as_bytes()).unwrap() };
        let table = table(&[run("a"), run("a longer name")]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].chars().count(), lines[0].chars().count(), "{table}");
        assert!(lines[1].starts_with("a              "), "{table}");
        assert!(lines[2].contains("183/s") && lines[2].contains("296 µs") && lines[2].contains("too few"), "{table}");
    }
}
