//! What a comparison may hold that is out of the ordinary.

use report::analysis::{Analysis, Outcome, Standing};

use crate::sample::{analysis, open_estimate};

/// A name that would be markup if anything let it.
pub(crate) const HOSTILE: &str = "</title><script>alert('x')</script>\"><img src=x onerror=alert(1)>";

/// Everything full, but with runs that failed, limits, void rows, open intervals, long and hostile texts.
pub(crate) fn odd() -> Analysis {
    let mut odd = analysis();
    odd.variants[8].why = "not run: needs Python 3.11; apt-get install python3".to_owned();
    for table in &mut odd.costs {
        let cell = &mut table.cells[8];
        (cell.throughput_per_s, cell.cpu_per_request_us, cell.p50_us) = (None, None, None);
        (cell.p90_us, cell.p99_us, cell.failed_share) = (None, None, None);
        cell.why = "not run: needs Python 3.11".to_owned();
        table.cells[7].p99_us = Some(open_estimate());
    }
    for row in odd.rows.iter_mut().filter(|row| row.a == "python-threads") {
        (row.ratio, row.interval, row.p, row.values) = (None, None, None, [None, None]);
        row.pairs.clear();
        row.outcome = Outcome::NotRun;
        row.words = "not run: python-threads needs Python 3.11".to_owned();
    }
    strike(&mut odd);
    hostile(&mut odd);
    odd
}

fn strike(odd: &mut Analysis) {
    let mut primary = odd.rows.iter_mut().filter(|row| row.standing == Standing::Primary);
    let void = primary.next().unwrap();
    void.outcome = Outcome::Void;
    void.words = "void: the twins differ by 1.09x [1.06, 1.12], beyond the margin".to_owned();
    let limit = primary.next().unwrap();
    (limit.ratio, limit.interval, limit.values) = (None, None, [None, None]);
    limit.pairs.clear();
    limit.outcome = Outcome::Limit;
    limit.words = "limit: threads (pid_max 32768)".to_owned();
    let open = primary.next().unwrap();
    open.interval.as_mut().unwrap().high = None;
    let screening = primary.next().unwrap();
    screening.interval = None;
    screening.pairs.truncate(3);
    screening.outcome = Outcome::Screening;
    screening.words = "screening: all 3 blocks agree, range [1.40, 1.50]".to_owned();
    let lost = &mut odd.map[0].curves[0].points[3];
    lost.y = None;
    lost.why = "limit: threads".to_owned();
    odd.trust.twins[0].is_passed = false;
}

fn hostile(odd: &mut Analysis) {
    odd.variants[9].label = HOSTILE.to_owned();
    odd.manifest.plan.name = HOSTILE.to_owned();
    odd.manifest.plan.about = format!("{HOSTILE}\u{202e}{}", "long ".repeat(1_000));
    odd.manifest.machine.processor = "a processor with a very long name ".repeat(20);
    odd.answer.sentences[2] = format!("A sentence with {HOSTILE} in it.");
    odd.answer.situations[4].name = HOSTILE.to_owned();
    odd.answer.situations[3].row = "no.such.row".to_owned();
    odd.trust.warnings.push(HOSTILE.to_owned());
    odd.map[1].id = HOSTILE.to_owned();
    odd.map[1].title = HOSTILE.to_owned();
    odd.rows[7].id = HOSTILE.to_owned();
    odd.rows[8].notes.push(format!("`{HOSTILE}` | *{HOSTILE}*"));
    for source in ["javascript:alert(1)", "../../etc/passwd", "https://example.org/x", "/etc/passwd"] {
        odd.appendix.excluded[0].source = source.to_owned();
        odd.appendix.excluded.push(odd.appendix.excluded[0].clone());
    }
    odd.appendix.commands.push("x".repeat(5_000));
}

/// A comparison that was stopped before its first block ended.
pub(crate) fn empty() -> Analysis {
    let mut empty = analysis();
    empty.rows.clear();
    empty.answer.situations.clear();
    empty.answer.sentences = vec!["Nothing was measured.".to_owned()];
    empty.map.clear();
    empty.map_by_cpu.clear();
    empty.costs.clear();
    empty.memory.clear();
    empty.latency.clear();
    empty.trust.twins.clear();
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
        row.words = "screening: 1 block".to_owned();
        row.values.iter_mut().flatten().for_each(|value| value.interval = None);
    }
    let charts = one.map.iter_mut().chain(&mut one.map_by_cpu).chain(&mut one.latency);
    for point in charts.flat_map(|chart| &mut chart.curves).flat_map(|curve| &mut curve.points) {
        point.y.iter_mut().for_each(|value| value.interval = None);
    }
    one
}
