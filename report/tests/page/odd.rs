//! What a comparison may hold that is out of the ordinary.

use report::analysis::{Analysis, Outcome, Standing};
use serde::{Serialize, de::DeserializeOwned};

use crate::sample::{analysis, open_estimate};

/// A name that would be markup if anything let it.
pub(crate) const HOSTILE: &str = "</title><script>alert('x')</script>\"><img src=x onerror=alert(1)>";

/// Everything full, but with runs that failed, limits, void rows, open intervals, long and hostile texts.
pub(crate) fn odd() -> Analysis {
    let mut odd = analysis();
    odd.variants[8].why = "not run: needs Python 3.11; apt-get install python3".into();
    for table in &mut odd.costs {
        let cell = &mut table.cells[8];
        (cell.throughput_per_s, cell.cpu_per_request_us, cell.p50_us) = (None, None, None);
        (cell.p90_us, cell.p99_us, cell.failed_share) = (None, None, None);
        cell.why = "not run: needs Python 3.11".into();
        table.cells[7].p99_us = Some(open_estimate());
    }
    for row in odd.rows.iter_mut().filter(|row| row.a == "python-threads") {
        (row.ratio, row.interval, row.p, row.values) = (None, None, None, [None, None]);
        row.pairs.clear();
        row.outcome = Outcome::NotRun;
        row.words = "not run: python-threads needs Python 3.11".into();
    }
    strike(&mut odd);
    hostile(&mut odd);
    odd
}

fn strike(odd: &mut Analysis) {
    let mut primary = odd.rows.iter_mut().filter(|row| row.standing == Standing::Primary);
    let void = primary.next().unwrap();
    void.outcome = Outcome::Void;
    void.words = "void: the A/A control differs by 1.09x [1.06, 1.12], beyond the margin".into();
    let limit = primary.next().unwrap();
    (limit.ratio, limit.interval, limit.values) = (None, None, [None, None]);
    limit.pairs.clear();
    limit.outcome = Outcome::Limit;
    limit.words = "limit: threads (pid_max 32768)".into();
    let open = primary.next().unwrap();
    open.interval.as_mut().unwrap().high = None;
    let screening = primary.next().unwrap();
    screening.interval = None;
    screening.pairs.truncate(3);
    screening.outcome = Outcome::Screening;
    screening.words = "screening: all 3 blocks agree, range [1.40, 1.50]".into();
    let lost = &mut odd.map[0].curves[0].points[3];
    lost.y = None;
    lost.why = "limit: threads".into();
    odd.trust.controls[0].is_void = true;
}

fn hostile(odd: &mut Analysis) {
    odd.variants[9].label = HOSTILE.into();
    odd.manifest.plan.name = HOSTILE.into();
    odd.manifest.plan.about = format!("{HOSTILE}\u{202e}{}", "long ".repeat(1_000));
    odd.manifest.machine.processor = "a processor with a very long name ".repeat(20);
    odd.answer.lines[2].text = format!("A sentence with {HOSTILE} in it.");
    odd.answer.situations[4].name = HOSTILE.into();
    odd.answer.situations[3].row = "no.such.row".into();
    odd.trust.warnings.push(HOSTILE.to_owned());
    odd.map[1].id = HOSTILE.into();
    odd.map[1].title = HOSTILE.into();
    odd.rows[7].id = HOSTILE.into();
    odd.rows[8].notes.push(format!("`{HOSTILE}` | *{HOSTILE}*"));
    for source in ["javascript:alert(1)", "../../etc/passwd", "https://example.org/x", "/etc/passwd"] {
        odd.appendix.excluded[0].source = source.into();
        odd.appendix.excluded.push(odd.appendix.excluded[0].clone());
    }
    odd.appendix.commands.push("x".repeat(5_000));
}

/// A comparison that was stopped before its first block ended.
pub(crate) fn empty() -> Analysis {
    let mut empty = analysis();
    empty.rows.clear();
    empty.answer.situations.clear();
    empty.answer.lines.clear();
    empty.answer.choices.clear();
    empty.map.clear();
    empty.map_by_cpu.clear();
    empty.costs.clear();
    empty.heat.clear();
    empty.memory.clear();
    empty.latency.clear();
    empty.trust.controls.clear();
    empty.trust.stalls = None;
    empty.manifest.wakeups = None;
    empty.manifest.commit = None;
    let appendix = &mut empty.appendix;
    appendix.percentiles.clear();
    appendix.seconds.clear();
    appendix.order.clear();
    appendix.excluded.clear();
    appendix.commands.clear();
    empty
}

/// A comparison of one block: no interval anywhere.
pub(crate) fn one_block() -> Analysis {
    let mut one = analysis();
    for row in &mut one.rows {
        row.interval = None;
        row.pairs.truncate(1);
        row.outcome = Outcome::Screening;
        row.words = "screening: 1 block".into();
        row.values.iter_mut().flatten().for_each(|value| value.interval = None);
    }
    let charts = one.map.iter_mut().chain(&mut one.map_by_cpu).chain(&mut one.latency);
    for point in charts.flat_map(|chart| &mut chart.curves).flat_map(|curve| &mut curve.points) {
        point.y.iter_mut().for_each(|value| value.interval = None);
    }
    one
}

/// The whole with twenty races in place of eight: more than the largest plan has.
pub(crate) fn large() -> Analysis {
    let mut large = analysis();
    for number in 9..=20 {
        let (old, new) = ("w5", &format!("w5-and-{number}"));
        let rows = large.rows.iter().filter(|row| row.workload == old).cloned();
        let rows: Vec<_> = rows.map(|row| renamed(&row, old, new)).collect();
        large.rows.extend(rows);
        let costs = large.costs.iter().find(|table| table.workload == old).map(|table| renamed(table, old, new));
        large.costs.extend(costs);
        let appendix = &mut large.appendix;
        let curves = appendix.percentiles.iter().filter(|curve| curve.workload == old);
        let curves: Vec<_> = curves.map(|curve| renamed(curve, old, new)).collect();
        appendix.percentiles.extend(curves);
        let seconds = appendix.seconds.iter().filter(|curve| curve.workload == old);
        let seconds: Vec<_> = seconds.map(|curve| renamed(curve, old, new)).collect();
        appendix.seconds.extend(seconds);
        let order = appendix.order.iter().filter(|entry| entry.workload == old);
        let order: Vec<_> = order.map(|entry| renamed(entry, old, new)).collect();
        appendix.order.extend(order);
    }
    large
}

/// The same under another workload's name, in ids and sources too.
fn renamed<T: Serialize + DeserializeOwned>(one: &T, old: &str, new: &str) -> T {
    let text = serde_json::to_string(one).unwrap();
    let text = text
        .replace(&format!("\"{old}"), &format!("\"{new}"))
        .replace(&format!("-{old}.json"), &format!("-{new}.json"));
    serde_json::from_str(&text).unwrap()
}
