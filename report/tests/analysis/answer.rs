//! The answer's sentences, for every outcome.

use report::{
    analysis::Analysis,
    plan::{Metric, Plan, Role, Workload},
    results::{Participation, Status},
};

use crate::{
    comparison::{CONTROL, Comparison, TASKS, THREADS, alike, contrast, plan, race},
    run::Like,
};

fn answer(analysis: &Analysis) -> String {
    analysis.answer.texts().collect::<Vec<_>>().join("\n")
}

/// One situation, its row a primary one of processor time.
fn simple(blocks: u32) -> Plan {
    plan(blocks, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::CpuPerRequest)])
}

/// Tasks spend so many times the processor time of threads.
fn dearer(cpu: f64) -> impl Fn(&Workload, &str) -> Like {
    move |workload, variant| {
        let like = alike(workload, variant);
        if variant != TASKS {
            return like;
        }
        Like { cpu_us: like.cpu_us * cpu, ..like }
    }
}

#[test]
fn one_situation_with_each_outcome() {
    let of = |blocks, noise, work| answer(&Comparison::of(simple(blocks), noise, &dearer(1.0 / work)).analyse());
    insta::assert_snapshot!("async_faster", of(10, 0.02, 1.3));
    insta::assert_snapshot!("threads_faster", of(10, 0.02, 0.8));
    insta::assert_snapshot!("async_leads", of(10, 0.04, 1.055));
    insta::assert_snapshot!("equivalent", of(10, 0.01, 1.005));
    insta::assert_snapshot!("not_shown", of(10, 0.2, 1.0));
    insta::assert_snapshot!("screening", of(3, 0.02, 1.3));
    insta::assert_snapshot!("one_block", of(1, 0.02, 1.3));
}

#[test]
fn a_void_situation() {
    let truth = |workload: &Workload, variant: &str| {
        let like = alike(workload, variant);
        if variant == CONTROL { Like { cpu_us: 32.0, ..like } } else { like }
    };
    insta::assert_snapshot!(answer(&Comparison::of(simple(10), 0.02, &truth).analyse()));
}

#[test]
fn a_situation_without_one_of_the_two() {
    let mut made = Comparison::of(simple(10), 0.02, &alike);
    made.runs.retain(|run| run.variant != TASKS);
    insta::assert_snapshot!("missing_runs", answer(&made.analyse()));
    made.manifest.participants[2].participation = Participation::NotRun("cargo: not found".to_owned());
    insta::assert_snapshot!("not_run", answer(&made.analyse()));
    let mut made = Comparison::of(simple(10), 0.02, &alike);
    made.runs_of("w1", THREADS).for_each(|run| run.status = Status::Limit("limit: threads: no more".to_owned()));
    insta::assert_snapshot!("limit", answer(&made.analyse()));
}

/// Three situations as `quick` has them; the box is bound where connections are busy.
fn three(blocks: u32) -> Plan {
    let mut w2 = race("w2", "many connections that wait for a slow provider");
    (w2.iamat, w2.places_delay_ms, w2.connections) = (0, Some(50.0), 1000);
    let mut w3 = race("w3", "many idle connections");
    (w3.idle, w3.whatsat, w3.places_delay_ms) = (10_000, 0, None);
    w3.pace = report::plan::Pace::RatePerS(20_000.0);
    let primary = vec![
        contrast("w1", Metric::CpuPerRequest),
        contrast("w2", Metric::CpuPerRequest),
        contrast("w3", Metric::CpuPerRequest),
    ];
    plan(blocks, vec![race("w1", "few busy connections"), w2, w3], primary)
}

fn three_truths(workload: &Workload, variant: &str) -> Like {
    let delay_s = workload.places_delay_ms.unwrap_or(0.0) / 1e3;
    // In a closed loop a reply takes the delay and 25 ms of the server's, until that has no more to give.
    let throughput_per_s = if workload.iamat == 0 {
        (f64::from(workload.connections) / (delay_s + 0.025)).min(15_000.0)
    } else {
        20_000.0
    };
    let like = Like { throughput_per_s, is_box_bound: workload.name == "w1", ..alike(workload, variant) };
    match (workload.name.as_str(), variant == TASKS) {
        ("w1", true) => Like { cpu_us: 30.0, ..like },
        ("w2", true) => Like { cpu_us: 19.2, ..like },
        ("w3", true) => Like { cpu_us: 24.9, ..like },
        _ => like,
    }
}

#[test]
fn situations_quote_processor_time() {
    let analysis = Comparison::of(three(10), 0.01, &three_truths).analyse();
    let rows: Vec<_> = analysis.answer.situations.iter().map(|one| one.row.as_str()).collect();
    assert_eq!(
        rows,
        [
            "w1.cpu-per-request.herd-threads.herd-tasks",
            "w2.cpu-per-request.herd-threads.herd-tasks",
            "w3.cpu-per-request.herd-threads.herd-tasks"
        ]
    );
    insta::assert_snapshot!(answer(&analysis));
}

#[test]
fn what_the_delay_sets_is_said_beside_throughput() {
    let truth = |workload: &Workload, variant: &str| {
        let like = three_truths(workload, variant);
        if workload.name == "w2" { Like { throughput_per_s: 19_900.0, ..like } } else { like }
    };
    let analysis = Comparison::of(three(10), 0.01, &truth).analyse();
    assert_eq!(analysis.answer.situations[1].row, "w2.cpu-per-request.herd-threads.herd-tasks");
    let throughput = analysis.rows.iter().find(|row| row.id == "w2.throughput.herd-threads.herd-tasks").unwrap();
    assert!(
        throughput.notes[0].starts_with("the delay alone sets the rate in 20 of 20 runs"),
        "{:?}",
        throughput.notes
    );
}

#[test]
fn idle_connections_quote_memory_where_it_was_measured() {
    let mut plan = three(7);
    let mut memory = race("memory", "");
    (memory.role, memory.steps, memory.situation) = (Role::Memory, vec![100, 1000, 4000], None);
    plan.workload.push(memory);
    let truth = |workload: &Workload, variant: &str| {
        let like = three_truths(workload, variant);
        if variant == TASKS { Like { idle_kib: 4.0, ..like } } else { like }
    };
    let analysis = Comparison::of(plan, 0.01, &truth).analyse();
    assert_eq!(analysis.answer.situations[2].row, "memory.memory-per-idle-connection.herd-threads.herd-tasks");
    insta::assert_snapshot!(answer(&analysis));
}

/// A map over three numbers of connections: updates, and searches with two delays.
fn map(blocks: u32) -> Plan {
    let mut plan = three(blocks);
    for (kind, delay_ms) in [("updates", None), ("searches", Some(0.0)), ("searches", Some(5.0))] {
        for connections in [10, 100, 1000] {
            let mut cell = race(&format!("{kind}-{}-{connections}", delay_ms.unwrap_or(0.0)), "");
            (cell.role, cell.situation, cell.places_delay_ms) = (Role::Map, None, delay_ms);
            (cell.iamat, cell.whatsat) = if delay_ms.is_some() { (0, 1) } else { (1, 0) };
            cell.connections = connections;
            cell.variants = [THREADS, CONTROL, TASKS].map(str::to_owned).into();
            plan.workload.push(cell);
        }
    }
    plan
}

/// Tasks cost more with few connections, and less with many where the places service takes 5 ms.
fn crossing(workload: &Workload, variant: &str) -> Like {
    let like = three_truths(workload, variant);
    let factor = match (workload.role, workload.connections) {
        (Role::Map, 10) => 1.25,
        (Role::Map, 1000) if workload.places_delay_ms == Some(5.0) => 0.8,
        _ => 1.0,
    };
    if variant == TASKS { Like { cpu_us: like.cpu_us * factor, ..like } } else { like }
}

#[test]
fn a_crossover_is_told_where_it_is_shown() {
    let analysis = Comparison::of(map(10), 0.01, &crossing).analyse();
    insta::assert_snapshot!(answer(&analysis));
    let by_cpu = &analysis.map_by_cpu;
    assert_eq!((&by_cpu[0].crossovers, &by_cpu[1].crossovers), (&Vec::new(), &Vec::new()));
    let [crossover] = by_cpu[2].crossovers.as_slice() else { panic!("{:?}", by_cpu[2].crossovers) };
    assert_eq!((crossover.below.as_str(), crossover.above.as_str()), (THREADS, TASKS));
    assert_eq!(crossover.between.map(|x| x.to_string()), ["10", "1000"]);
    insta::assert_snapshot!("map_notes", by_cpu[2].notes.join("\n"));
    assert!(analysis.map.iter().all(|chart| chart.crossovers.is_empty()), "throughput decides nothing");
}

/// All cells of a kind share one level, whatever chart they stand in: six of searches, three of updates.
#[test]
fn the_map_is_one_family_for_each_kind() {
    let analysis = Comparison::of(map(10), 0.01, &crossing).analyse();
    let said = |chart: usize| analysis.map_by_cpu[chart].notes[0].as_str();
    let how = |level: &str, cells: &str| {
        format!(
            "Tasks against threads, cell by cell; intervals at {level}: 95 % shared among the {cells} (Bonferroni)."
        )
    };
    assert_eq!(said(0), how("98.33 %", "3 cells of updates"));
    let of_searches = how("99.17 %", "6 cells of searches");
    assert_eq!((said(1), said(2)), (of_searches.as_str(), of_searches.as_str()));
}

#[test]
fn no_crossover_is_told_too() {
    insta::assert_snapshot!(answer(&Comparison::of(map(10), 0.01, &three_truths).analyse()));
    insta::assert_snapshot!("noisy_map", answer(&Comparison::of(map(3), 0.3, &three_truths).analyse()));
}

#[test]
fn the_trust_line() {
    let analysis = Comparison::of(three(10), 0.01, &three_truths).analyse();
    insta::assert_snapshot!(analysis.trust.line);
    insta::assert_debug_snapshot!("warnings", analysis.trust.warnings);
    insta::assert_debug_snapshot!("notes", analysis.rows.iter().map(|row| (&row.id, &row.notes)).collect::<Vec<_>>());
    insta::assert_debug_snapshot!("commands", analysis.appendix.commands);
}

/// The race and a cell of the map put the same load on the servers.
fn measured_twice(blocks: u32) -> Plan {
    let mut plan = plan(blocks, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::CpuPerRequest)]);
    let mut cell = race("cell", "");
    (cell.role, cell.situation) = (Role::Map, None);
    plan.workload.push(cell);
    plan
}

#[test]
fn a_headline_that_a_second_measurement_contradicts_is_not_told() {
    let dearer = |factor: f64, in_cell: f64| {
        move |workload: &Workload, variant: &str| {
            let like = alike(workload, variant);
            let factor = if workload.name == "cell" { in_cell } else { factor };
            if variant == TASKS { Like { cpu_us: like.cpu_us / factor, ..like } } else { like }
        }
    };
    let alone = Comparison::of(measured_twice(10), 0.02, &dearer(1.22, 1.2)).analyse();
    assert_eq!(alone.rows[0].contradiction, None);
    assert!(
        answer(&alone).starts_with("50 connections, updates and searches mixed: threads use 1.2"),
        "{}",
        answer(&alone)
    );
    let analysis = Comparison::of(measured_twice(10), 0.02, &dearer(1.22, 1.0)).analyse();
    let why = analysis.rows[0].contradiction.as_ref().unwrap();
    assert!(why.contains("for the same load in cell"), "{why}");
    let said = answer(&analysis);
    assert!(said.contains("updates and searches mixed: the measurements contradict each other. "), "{said}");
    assert!(!said.contains("threads use"), "{said}");
    assert!(analysis.map_by_cpu[0].crossovers.is_empty());
    assert!(said.contains("neither is ahead"), "{said}");
}

#[test]
fn a_headline_that_the_control_contradicts_is_not_told() {
    // The control costs 4 % more than threads, within the margin, and tasks 1 % less than the mean of the two.
    let by = |tasks: f64| {
        move |workload: &Workload, variant: &str| {
            let like = alike(workload, variant);
            let factor = match variant {
                CONTROL => 1.04,
                TASKS => tasks,
                _ => 1.0,
            };
            Like { cpu_us: like.cpu_us * factor, ..like }
        }
    };
    let plan = || plan(10, vec![race("w1", "few busy connections")], vec![contrast("w1", Metric::CpuPerRequest)]);
    let small = Comparison::of(plan(), 0.001, &by(1.0)).analyse();
    let why = small.rows[0].contradiction.as_ref().unwrap();
    assert!(why.contains("where the same server differs from itself by"), "{why}");
    let large = Comparison::of(plan(), 0.001, &by(0.7)).analyse();
    assert_eq!(large.rows[0].contradiction, None, "it is far more than threads differ from themselves by");
    assert!(answer(&large).contains("threads use"), "{}", answer(&large));
}
