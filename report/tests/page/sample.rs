//! A made-up comparison as large as a `standard` one: ten variants, twenty races and rates, a map of twelve cells, ten
//! blocks.

use report::{
    analysis::{
        Analysis, Answer, AnswerLine, Appendix, CapacityCell, CapacityTable, Chart, ControlCheck, Cost, CostCell,
        CostTable, Crossover, Curve, Difference, EndedBy, Estimate, Excluded, FORMAT, HeatCell, HeatRow, HerdCosts,
        LineKind, MemorySlope, OrderEntry, Outcome, PairValue, PercentileCurve, Point, Row, SearchEntry, SecondCurve,
        Situation, StallCurve, Standing, Step, Topologies, Trust, VariantEntry, VoidCount,
    },
    plan::Metric,
    stats::Chance,
};

use crate::{
    noise::{BLOCKS, Noise, blocks, estimate, source, summary},
    setting::{RACES, Race, VARIANTS, manifest},
};

const METRICS: [Metric; 5] =
    [Metric::Throughput, Metric::CpuPerRequest, Metric::LatencyP50, Metric::LatencyP90, Metric::LatencyP99];

/// The whole of it.
pub(crate) fn analysis() -> Analysis {
    let rows = rows();
    let situations = RACES.iter().filter_map(|race| {
        let row = format!("{}.throughput.herd-tasks.herd-threads", race.0);
        Some(Situation { name: race.1?.to_owned(), row })
    });
    Analysis {
        format: FORMAT.to_owned(),
        manifest: manifest(),
        variants: VARIANTS.iter().map(|one| entry(one.0, one.1, one.4)).collect(),
        answer: Answer {
            caution: None,
            lines: vec![
                line(
                    LineKind::Async,
                    "Tasks are faster where connections are many or short-lived: 1.46x with 10,000 idle ones.",
                ),
                line(LineKind::Undecided, "With few busy connections no difference was found."),
                line(LineKind::Sure, "How sure: 10 of 10 blocks are whole."),
            ],
            choices: vec!["Choose async if you have many idle connections (7x less memory).".to_owned()],
            situations: situations.collect(),
        },
        heat: RACES.iter().map(heat).collect(),
        trust: trust(&rows),
        rows,
        map: [0.0, 5.0, 50.0].map(|delay| map(delay, "")).into(),
        map_by_cpu: [0.0, 5.0, 50.0].map(|delay| map(delay, "-cpu")).into(),
        capacity: vec![capacity()],
        costs: RACES.iter().map(|race| costs(race.0)).collect(),
        memory: VARIANTS.iter().map(|one| memory(one.0, one.1)).collect(),
        topologies: Topologies::default(),
        herd: VARIANTS.iter().map(|one| herd(one.0)).collect(),
        latency: vec![latency("w1"), latency("w2")],
        claims: Vec::new(),
        appendix: appendix(),
    }
}

fn line(kind: LineKind, text: &str) -> AnswerLine {
    AnswerLine { kind, text: text.to_owned(), load: String::new(), factor: 1.0, gain: String::new() }
}

fn heat(race: &Race) -> HeatRow {
    let value = |name: &str| values(race.0, name, Metric::CpuPerRequest)[0];
    let least = VARIANTS.iter().map(|one| value(one.0)).fold(f64::INFINITY, f64::min);
    let cell = |name: &str| HeatCell {
        variant: name.to_owned(),
        value: Some(value(name)),
        relative: Some(value(name) / least),
        is_told_apart: value(name) > least * 1.2,
    };
    HeatRow {
        workload: race.0.to_owned(),
        situation: race.1.unwrap_or(race.0).to_owned(),
        cost: Cost::CpuPerRequest,
        cells: VARIANTS.iter().map(|one| cell(one.0)).collect(),
    }
}

fn entry(name: &str, label: &str, colour: u32) -> VariantEntry {
    VariantEntry { name: name.to_owned(), label: label.to_owned(), colour, is_rival: colour > 3, why: String::new() }
}

/// One variant's values of a metric in a race, by block.
fn values(workload: &str, variant: &str, metric: Metric) -> Vec<f64> {
    let race = RACES.iter().find(|race| race.0 == workload).unwrap();
    let known = VARIANTS.iter().find(|one| one.0 == variant).unwrap();
    let speed = known.3 * if variant == "herd-tasks" { race.5 } else { 1.0 };
    let per_s = race.4 * speed;
    let p50 = f64::from(race.2) / per_s * 0.82e6 - race.3 * 800.0;
    let (value, spread) = match metric {
        Metric::Throughput | Metric::Capacity => (per_s, 0.03),
        Metric::CpuPerRequest => (1.1e6 / per_s, 0.025),
        Metric::LatencyP50 => (p50.max(60.0), 0.06),
        Metric::LatencyP90 => (p50.max(60.0) * 1.9, 0.09),
        Metric::LatencyP99 => (p50.max(60.0) * 5.0, 0.6),
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => (30.0, 0.02),
    };
    blocks(&format!("{workload}{variant}{metric:?}"), value, spread)
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for race in &RACES {
        for metric in METRICS {
            let primary = race.1.is_some() && matches!(metric, Metric::Throughput | Metric::CpuPerRequest);
            let standing = if primary { Standing::Primary } else { Standing::Exploratory };
            rows.push(row(race.0, metric, "herd-tasks", "herd-threads", standing));
            rows.push(row(race.0, metric, "herd-threads-twin", "herd-threads", Standing::Control));
            for rival in &VARIANTS[3..] {
                rows.push(row(race.0, metric, rival.0, "herd-threads", Standing::Exploratory));
            }
        }
    }
    rows.sort_by_key(|row| row.standing != Standing::Primary);
    rows
}

/// What every row of processor time has for one.
const DIFFERENCE: Difference = Difference {
    estimate_us: 1.754,
    interval_us: report::analysis::Interval { low: 0.69, high: Some(2.82), level: 0.95 },
};

/// A row computed from the made-up values; its verdict follows METHOD 2.4 but for the 90 % interval.
pub(crate) fn row(workload: &str, metric: Metric, a: &str, b: &str, standing: Standing) -> Row {
    let (of_a, of_b) = (values(workload, a, metric), values(workload, b, metric));
    let ratios: Vec<_> = of_a.iter().zip(&of_b).map(|(a, b)| a / b).collect();
    let (ratio, interval) = summary(&ratios);
    let margin = if metric.title().starts_with("latency") { 0.1 } else { 0.05 };
    let outcome = outcome(&interval, margin, metric);
    Row {
        id: format!("{workload}.{}.{a}.{b}", serde_json::to_value(metric).unwrap().as_str().unwrap()),
        workload: workload.to_owned(),
        metric,
        a: a.to_owned(),
        b: b.to_owned(),
        standing,
        values: [Some(estimate(&of_a, a, workload)), Some(estimate(&of_b, b, workload))],
        ratio: Some(ratio),
        interval: Some(interval),
        difference: (metric == Metric::CpuPerRequest).then_some(DIFFERENCE),
        p: Some(0.002),
        pairs: (1..).zip(&ratios).map(|(block, ratio)| PairValue { block, ratio: *ratio }).collect(),
        margin,
        contradiction: None,
        differs: "nothing but the model".to_owned(),
        outcome,
        words: words(outcome, a, b, ratio, &interval, margin),
        notes: if workload == "w1-closed" {
            vec!["closed loop; CPU-bound together with the generator".to_owned()]
        } else {
            Vec::new()
        },
    }
}

fn outcome(interval: &report::analysis::Interval, margin: f64, metric: Metric) -> Outcome {
    let more = metric == Metric::Throughput;
    let (low, high) = (interval.low, interval.high.unwrap());
    match () {
        () if low > 1.0 + margin => {
            if more {
                Outcome::ABetter
            } else {
                Outcome::BBetter
            }
        }
        () if high < 1.0 / (1.0 + margin) => {
            if more {
                Outcome::BBetter
            } else {
                Outcome::ABetter
            }
        }
        () if low > 1.0 / (1.0 + margin) && high < 1.0 + margin => Outcome::Equivalent,
        () if low > 1.0 => {
            if more {
                Outcome::ALeads
            } else {
                Outcome::BLeads
            }
        }
        () if high < 1.0 => {
            if more {
                Outcome::BLeads
            } else {
                Outcome::ALeads
            }
        }
        () => Outcome::NotShown,
    }
}

fn words(outcome: Outcome, a: &str, b: &str, ratio: f64, interval: &report::analysis::Interval, margin: f64) -> String {
    let (low, high) = (interval.low, interval.high.unwrap());
    let figures = format!("{ratio:.2}x [{low:.2}, {high:.2}], {BLOCKS} blocks");
    match outcome {
        Outcome::ABetter => format!("{a} is better, {figures}"),
        Outcome::BBetter => format!("{b} is better, {figures}"),
        Outcome::Equivalent => format!("equivalent within {} %, {figures}", margin * 100.0),
        Outcome::ALeads | Outcome::BLeads => format!("{a} / {b} differ, by between {low:.2}x and {high:.2}x"),
        _ => format!("no difference shown; could hide up to {:.0} %", (high.max(1.0 / low) - 1.0) * 100.0),
    }
}

fn trust(rows: &[Row]) -> Trust {
    let controls = rows.iter().filter(|row| row.standing == Standing::Control);
    let controls: Vec<_> = controls.map(control_check).collect();
    Trust {
        chance: Some(Chance::of(0, 5)),
        line: "10 of 10 blocks whole; 2 of 1986 runs excluded; 0 of 5 A/A controls differ (chance: 0.25); a difference above 2 % would have shown; stalls 0.40 %, 11.8 ms at most; \
               processors shared with the client; CPU-bound together with the generator in 62 % of runs."
            .to_owned(),
        blocks_planned: BLOCKS,
        blocks_whole: BLOCKS,
        runs_measured: 1_984,
        runs_excluded: 2,
        voids: vec![VoidCount { variant: "node".to_owned(), reason: "wake lag".to_owned(), runs: 2 }],
        cpu_bound_share: 0.62,
        controls,
        stalls: Some(StallCurve { share: 0.004, longest_us: 11_800.0, probed_s: 240.0, steps: stall_steps() }),
        warnings: vec!["pid_max is 32768: thread servers are limited to about 30,000 connections".to_owned()],
    }
}

fn control_check(row: &Row) -> ControlCheck {
    ControlCheck {
        row: row.id.clone(),
        would_have_shown: Some(0.02),
        differs: false,
        is_void: false,
        is_counted: row.metric == Metric::CpuPerRequest,
    }
}

fn stall_steps() -> Vec<Step> {
    let waits = [(0.99, 0.0), (0.998, 450.0), (0.999, 2_900.0), (0.9998, 8_300.0), (0.9999, 9_700.0)];
    waits.map(|(quantile, latency_us)| Step { quantile, latency_us }).into()
}

fn map(delay: f64, kind: &str) -> Chart {
    let by_cpu = !kind.is_empty();
    let curve = |variant: &str, peak: f64, knee: f64, fade: f64| {
        let point = |connections: f64| {
            let free = 100_000.0 * peak * (connections / (connections + 6.0)) / (1.0 + (connections / knee).powf(fade));
            let bound = if delay > 0.0 { connections / delay * 1e3 } else { f64::INFINITY };
            let value = if by_cpu { free * 0.9 } else { free.min(bound) };
            let name = format!("{variant}{delay}{connections}{kind}");
            let cell = format!("map-{delay}-{connections}");
            Point {
                x: connections,
                y: Some(estimate(&blocks(&name, value, 0.025), variant, &cell)),
                why: String::new(),
            }
        };
        let points = [10.0, 100.0, 1_000.0, 5_000.0].map(point).into();
        Curve { variant: variant.to_owned(), part: String::new(), points }
    };
    let curves = vec![
        curve("herd-threads", 1.06, 2_600.0, 0.9),
        curve("herd-tasks", 0.97, 60_000.0, 0.8),
        curve("herd-threads-twin", 1.06, 2_600.0, 0.9),
    ];
    let crossover =
        Crossover { below: "herd-threads".to_owned(), above: "herd-tasks".to_owned(), between: [100.0, 1_000.0] };
    let unit = if by_cpu { "replies per CPU second" } else { "replies/s" };
    Chart {
        id: format!("map{kind}-{delay}"),
        title: format!("Places take {delay} ms: {unit} against connections"),
        x_title: "connections".to_owned(),
        y_title: unit.to_owned(),
        curves,
        crossovers: if delay < 10.0 { vec![crossover] } else { Vec::new() },
        notes: if delay > 0.0 { vec!["10 connections: the delay alone sets the rate.".to_owned()] } else { Vec::new() },
    }
}

/// Of the third variant the load generator ended the first search, and the fourth could not be measured.
fn capacity() -> CapacityTable {
    let cell = |name: &str| {
        let values = values("w1-closed", name, Metric::Capacity);
        let search = |(block, holds_per_s): (u32, &f64)| SearchEntry {
            block,
            holds_per_s: *holds_per_s,
            fails_per_s: Some(holds_per_s * 1.09),
            resolution: Some(1.09),
            ended_by: if block == 1 && name == "herd-tasks" { EndedBy::Generator } else { EndedBy::Machine },
            probes: 9,
            source: source(block as usize, name, "capacity-w1"),
        };
        let is_known = name != VARIANTS[3].0;
        CapacityCell {
            variant: name.to_owned(),
            capacity_per_s: is_known.then(|| estimate(&values, name, "capacity-w1")),
            searches: if is_known { (1..).zip(&values).map(search).collect() } else { Vec::new() },
            why: if is_known {
                String::new()
            } else {
                "limit: objective: no rate that was tried keeps p99<=50ms".to_owned()
            },
        }
    };
    CapacityTable {
        workload: "capacity-w1".to_owned(),
        objective: "p99<=50ms,errors<=0.1%".to_owned(),
        undecidable: Some("undecidable by p99: the machine stalls for 20 ms".to_owned()),
        cells: VARIANTS[..4].iter().map(|one| cell(one.0)).collect(),
    }
}

fn costs(workload: &str) -> CostTable {
    let cell = |name: &str| {
        let of = |metric| Some(estimate(&values(workload, name, metric), name, workload));
        CostCell {
            variant: name.to_owned(),
            throughput_per_s: of(Metric::Throughput),
            cpu_per_request_us: of(Metric::CpuPerRequest),
            p50_us: of(Metric::LatencyP50),
            p90_us: of(Metric::LatencyP90),
            p99_us: of(Metric::LatencyP99),
            failed_share: Some(0.0),
            why: String::new(),
        }
    };
    CostTable { workload: workload.to_owned(), cells: VARIANTS.iter().map(|one| cell(one.0)).collect() }
}

fn herd(name: &str) -> HerdCosts {
    let of = |what: &str, value: f64| Some(estimate(&blocks(&format!("{name}{what}"), value, 0.02), name, what));
    let server = |name: &str, us: f64| (name.to_owned(), of("herd-load", us));
    HerdCosts {
        variant: name.to_owned(),
        seen_p50_us: of("herd-light", 470.0),
        seen_p90_us: of("herd-light", 605.0),
        reply_p50_us: of("herd-light", 251.0),
        null_p50_us: of("herd-light", 118.0),
        seen_in_round_trips: of("herd-light", 4.0),
        updates_per_s: of("herd-load", 19_900.0),
        settled_us: of("herd-load", 20_100.0),
        cpu_per_update_us: vec![
            server("Goloman", 34.7),
            server("Hands", 12.6),
            server("Holiday", 15.5),
            server("Welsh", 3.1),
            server("Wilkes", 18.1),
        ],
        records_per_update: of("herd-load", 8.0),
        lost: 1,
        why: String::new(),
    }
}

fn memory(name: &str, label: &str) -> MemorySlope {
    let per = match label {
        "threads" | "control" => 27.0,
        "tasks" | "tasks-1" => 3.9,
        "java" => 96.0,
        "java-virtual" => 14.0,
        _ => 22.0,
    };
    let of = |what: &str, value: f64| Some(estimate(&blocks(&format!("{name}{what}"), value, 0.02), name, "memory"));
    let steps =
        |factor: f64| [100, 1_000, 4_000, 10_000].map(|count| (count, 5_200.0 + f64::from(count) * per * factor));
    MemorySlope {
        variant: name.to_owned(),
        idle_kib: of("idle", per),
        active_kib: of("active", per * 1.3),
        whole_idle_kib: of("whole", per + if label.contains("threads") { 26.0 } else { 6.0 }),
        kernel_idle_kib: of("kernel", if label.contains("threads") { 26.0 } else { 6.0 }),
        idle_parts: [("process", per), ("kernel stacks", 16.0), ("page tables", 4.0), ("socket buffers", 6.0)]
            .map(|(part, kib)| (part.to_owned(), kib))
            .into(),
        switches_per_reply: of("switches", if label == "tasks" { 0.34 } else { 1.9 }),
        idle_steps: steps(1.0).into(),
        active_steps: steps(1.3)[..3].into(),
    }
}

fn latency(workload: &str) -> Chart {
    let rates = [10_000.0, 25_000.0, 50_000.0, 75_000.0, 90_000.0];
    let mut curves = Vec::new();
    for (variant, limit) in [("herd-threads", 99_000.0), ("herd-tasks", 106_000.0)] {
        for (part, factor, spread) in [("p50", 1.0, 0.06), ("p90", 2.2, 0.1), ("p99", 8.0, 0.6)] {
            let point = |rate: f64| {
                let value = 85.0 * factor / (1.0 - rate / limit);
                let values = blocks(&format!("{workload}{variant}{part}{rate}"), value, spread);
                let cell = format!("{workload}-rate-{rate}");
                Point { x: rate, y: Some(estimate(&values, variant, &cell)), why: String::new() }
            };
            curves.push(Curve { variant: variant.to_owned(), part: part.to_owned(), points: rates.map(point).into() });
        }
    }
    Chart {
        id: format!("rate-{workload}"),
        title: format!("{workload}: latency against offered rate"),
        x_title: "offered requests a second".to_owned(),
        y_title: "latency, µs".to_owned(),
        curves,
        crossovers: Vec::new(),
        notes: Vec::new(),
    }
}

fn appendix() -> Appendix {
    let mut seconds = Vec::new();
    let mut order = Vec::new();
    let mut percentiles = Vec::new();
    let mut at_s = 0.0;
    for block in 1..=BLOCKS {
        for race in &RACES {
            for one in &VARIANTS {
                let source = source(block as usize, one.0, race.0);
                let mut noise = Noise::of(&source);
                let count = |_| Noise::unit(&mut noise).mul_add(0.06, 0.97) * race.4 * one.3;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a made-up count")]
                let completed = (0..6).map(count).map(|count| count as u64).collect();
                let (workload, variant) = (race.0.to_owned(), one.0.to_owned());
                order.push(OrderEntry {
                    at_s,
                    block,
                    workload: workload.clone(),
                    variant: variant.clone(),
                    source: source.clone(),
                });
                seconds.push(SecondCurve { workload, variant, block, completed, source });
                at_s += 2.9;
            }
        }
    }
    for race in &RACES {
        percentiles.extend(VARIANTS.iter().map(|one| percentile_curve(race.0, one.0)));
    }
    Appendix {
        percentiles,
        seconds,
        order,
        excluded: vec![Excluded {
            source: "runs/w5/node.jsonl#L4".to_owned(),
            why: "generator-limited: wake lag p99 above 250 µs; repeated".to_owned(),
        }],
        commands: vec![
            "report compare --plan standard --out results/standard".to_owned(),
            "target/release/herd serve Goloman --listen 127.0.0.1:12000 --journal off --places google-legacy=http://127.0.0.1:9000"
                .to_owned(),
            "target/release/loadgen run --target 127.0.0.1:12000 --closed --connections 50 --duration 6s --seed 1".to_owned(),
        ],
    }
}

fn percentile_curve(workload: &str, variant: &str) -> PercentileCurve {
    let median = summary(&values(workload, variant, Metric::LatencyP50)).0;
    let mut noise = Noise::of(&format!("{workload}{variant}"));
    let mut latency_us = median * 0.4;
    let step = |index: i32| {
        let beyond = 0.87_f64.powi(index);
        latency_us = latency_us.max(median * (0.4 + 0.6 * (1.0 / beyond).powf(0.45))) * noise.unit().mul_add(0.05, 1.0);
        Step { quantile: 1.0 - beyond, latency_us }
    };
    PercentileCurve { workload: workload.to_owned(), variant: variant.to_owned(), steps: (0..70).map(step).collect() }
}

/// An estimate that failed requests leave open.
pub(crate) fn open_estimate() -> Estimate {
    let mut open = estimate(&blocks("open", 5e6, 0.1), "python-threads", "w2");
    open.is_at_least = true;
    open.interval = open.interval.map(|interval| report::analysis::Interval { high: None, ..interval });
    open
}
