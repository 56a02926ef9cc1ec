use std::io::{self, Write};

use super::{Ceiling, Latencies, Measurement, Pace, Progress, herd::longest_convergence};
use crate::{
    output::{Colour, ProgressLine, painted},
    result::{Convergence, Cpu, HeldDuringRun, Percentiles, Quantile, SecondRow, Spacing},
};

/// Percentiles of the summary; the result holds more.
const SHOWN: [&str; 5] = ["p50", "p90", "p99", "p99.9", "p99.99"];

/// Prints a summary of at most 100 columns; its first line is what the generator says of itself.
/// `no_ceiling` says why the null server's ceiling is not known, where it is not.
pub(crate) fn print(measurement: &Measurement, no_ceiling: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    let colour = if measurement.verdict.is_generator_limited() || measurement.verdict.overloaded.is_some() {
        Colour::Red
    } else {
        Colour::Green
    };
    writeln!(out, "{}", painted(colour, &measurement.verdict.line()))?;
    writeln!(out, "{}", what(measurement))?;
    writeln!(out, "{}", offered(measurement))?;
    writeln!(out, "{}", ceiling(measurement, no_ceiling))?;
    latencies(measurement, out)?;
    failures(measurement, out)?;
    herd(measurement, out)?;
    machine(measurement, out)
}

fn what(measurement: &Measurement) -> String {
    let plan = &measurement.plan;
    let pace = match (plan.pace, plan.spacing) {
        (Pace::Closed, _) => "CLOSED LOOP: latencies omit what was not asked while a reply was awaited",
        (Pace::RatePerS(_), Spacing::Poisson) => "open loop, Poisson arrivals",
        (Pace::RatePerS(_), Spacing::Constant) => "open loop, constant arrivals",
    };
    let idle = if plan.idle > 0 { format!(" + {} idle", plan.idle) } else { String::new() };
    format!(
        "{} connections{idle}, depth {}, {:.1} s; {pace}",
        plan.connections,
        plan.depth,
        measurement.window.as_secs_f64()
    )
}

fn offered(measurement: &Measurement) -> String {
    let achieved = measurement.throughput_per_s();
    match measurement.plan.pace {
        Pace::Closed => format!("throughput {achieved:.1} replies/s"),
        Pace::RatePerS(rate_per_s) => format!(
            "asked for {rate_per_s:.1}/s, offered {:.1}/s, achieved {achieved:.1} replies/s",
            measurement.offered_per_s()
        ),
    }
}

/// The share of the null server's ceiling, and what that is the ceiling of.
fn ceiling(measurement: &Measurement, no_ceiling: Option<&str>) -> String {
    let (Some(ceiling), Some(share)) = (&measurement.ceiling, measurement.share_of_ceiling()) else {
        return no_ceiling.unwrap_or("the null server's ceiling was not looked up").to_owned();
    };
    let Ceiling { throughput_per_s, of, .. } = ceiling;
    let whatsat = if measurement.plan.workload.needs_told_clients() { "; this load asks WHATSAT too" } else { "" };
    format!("{:.1} % of the ceiling of {throughput_per_s:.0}/s ({of}, closed loop{whatsat})", share * 100.0)
}

fn latencies(measurement: &Measurement, out: &mut impl Write) -> io::Result<()> {
    let lag = Latencies::known(&measurement.times.wake_lag);
    let wait = Latencies::known(&measurement.times.connection_wait);
    let connect = Latencies::known(&measurement.times.connect);
    write!(out, "\n{:<16}{:>10}", "", "samples")?;
    SHOWN.iter().chain(&["max"]).try_for_each(|name| write!(out, "{name:>11}"))?;
    writeln!(out)?;
    row("latency", &measurement.intended, out)?;
    if measurement.plan.is_open() {
        row("  from seen", &measurement.seen, out)?;
    }
    row("  from written", &measurement.written, out)?;
    if measurement.plan.is_open() {
        row("wake lag", &lag, out)?;
        row("connection wait", &wait, out)?;
    }
    row("connect", &connect, out)?;
    let Some(slow) = measurement.tally.slowest.first() else { return Ok(()) };
    let at_s = slow.intended_ns.saturating_sub(measurement.readings.start_ns) as f64 / 1e9;
    writeln!(
        out,
        "slowest answer {}: due at {at_s:.3} s on connection {}, with {} in flight",
        with_unit(Quantile::Exactly(slow.latency_ns as f64 / 1e3)),
        slow.connection,
        slow.in_flight
    )
}

/// When updates came to the fake peer, and whether the servers converged.
fn herd(measurement: &Measurement, out: &mut impl Write) -> io::Result<()> {
    if let Some(seen) = &measurement.readings.seen_at_seat {
        row("seen at peer", seen, out)?;
    }
    let settled = &measurement.readings.settled;
    if let Some(longest) = longest_convergence(settled) {
        return writeln!(out, "all {} servers converged within {:.1} ms", settled.len(), longest.as_secs_f64() * 1e3);
    }
    settled.iter().filter(|server| server.after_s.is_none()).try_for_each(
        |Convergence { server, missing, error, .. }| {
            let why = error.as_deref().map_or_else(String::new, |error| format!(": {error}"));
            writeln!(out, "NOT CONVERGED: {server} lacks the newest of {missing} clients{why}")
        },
    )
}

fn row(name: &str, latencies: &Latencies, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{name:<16}{:>10}", latencies.count())?;
    for (_, at) in Percentiles::PER_MILLION.iter().filter(|(name, _)| SHOWN.contains(name)) {
        write!(out, "{:>11}", with_unit(latencies.quantile(*at)))?;
    }
    writeln!(out, "{:>11}", with_unit(latencies.max()))
}

/// A value with a unit that leaves it three or four digits.
fn with_unit(quantile: Quantile) -> String {
    let scaled = |us: f64| match us {
        us if us < 1e3 => format!("{us:.1} µs"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    };
    match quantile {
        Quantile::Exactly(us) => scaled(us),
        Quantile::AtLeast(us) => format!(">={}", scaled(us)),
        Quantile::TooFew => "n/a".to_owned(),
    }
}

fn failures(measurement: &Measurement, out: &mut impl Write) -> io::Result<()> {
    let failed = measurement.faults().total();
    let kinds: Vec<String> = measurement
        .faults()
        .named()
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
    writeln!(
        out,
        "\nfailed {failed} of {} requests ({:.3} %){kinds}",
        measurement.requests(),
        measurement.failed_share() * 100.0
    )?;
    let links = measurement.links();
    let troubles = [
        ("dials refused", links.refused),
        ("dials failed", links.failed),
        ("dials without a free port", links.out_of_ports),
        ("connections lost", links.lost),
        ("extra replies", links.extra),
        ("replies without places", links.without_places),
    ];
    let troubles: Vec<String> =
        troubles.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
    if !troubles.is_empty() {
        writeln!(out, "{}", troubles.join(", "))?;
    }
    measurement.kept().iter().try_for_each(|kept| writeln!(out, "  {kept}"))
}

fn machine(measurement: &Measurement, out: &mut impl Write) -> io::Result<()> {
    let spent = measurement.spent();
    let per_reply = |cpu: Option<Cpu>| {
        let replies = measurement.completed();
        cpu.filter(|_| replies > 0).map_or("n/a".to_owned(), |cpu| {
            format!("{:.2} µs/reply ({:.2} s)", cpu.total_s * 1e6 / replies as f64, cpu.total_s)
        })
    };
    let busiest = measurement.busy.iter().copied().fold(0.0, f64::max);
    writeln!(out, "client CPU {}, busiest worker {:.0} %", per_reply(spent.client), busiest * 100.0)?;
    if spent.server.is_some() {
        writeln!(out, "server CPU {}", per_reply(spent.server))?;
    }
    if let Some(HeldDuringRun { end: held, .. }) = &measurement.readings.held {
        let count = |count: Option<u64>| count.map_or("n/a".to_owned(), |count| count.to_string());
        let (memory, threads, files) = (count(held.pss_kib), count(held.threads), count(held.descriptors));
        writeln!(out, "server holds {memory} KiB (PSS), {threads} threads, {files} descriptors")?;
    }
    let share = |share: Option<f64>| share.map_or("n/a".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let stall = spent.pressure.map_or("n/a".to_owned(), |pressure| format!("{:.1} ms", pressure.cpu_us as f64 / 1e3));
    write!(
        out,
        "machine idle {}, stolen {}, waited for a processor {stall}",
        share(spent.idle_share),
        share(spent.steal_share)
    )?;
    if let Some(probe) = measurement.readings.stalls.1.as_ref().or(measurement.readings.stalls.0.as_ref()) {
        write!(out, "; probe lost {:.2} %, longest {:.1} ms", probe.share * 100.0, probe.longest_us / 1e3)?;
    }
    writeln!(out)
}

/// The series as CSV: one row a second of the window.
pub(crate) fn series(measurement: &Measurement, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "second,due,completed,failed,p50_us,p99_us,max_us")?;
    for row in measurement.seconds() {
        let SecondRow { second, due, completed, failed, p50_us, p99_us, max_us } = row;
        writeln!(out, "{second},{due},{completed},{failed},{p50_us},{p99_us},{max_us}")?;
    }
    Ok(())
}

/// Shows on a terminal how far a run is.
pub(crate) fn show_progress(line: &ProgressLine, progress: &Progress) {
    match progress {
        Progress::Opening { ready, all } => line.show(format!("opening connections: {ready} of {all} ready")),
        Progress::Running { left, last: None, .. } => line.show_now(format!("warming up, {} s left", left.as_secs())),
        Progress::Running { left, last: Some(last), .. } => line.show_now(format!(
            "{} replies/s   p50 {:.2} ms   p99 {:.2} ms   {} failed   {} s left",
            last.completed,
            last.p50_us / 1e3,
            last.p99_us / 1e3,
            last.failed,
            left.as_secs()
        )),
    }
}
