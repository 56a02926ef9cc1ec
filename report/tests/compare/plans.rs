use std::{fs, time::Duration};

use report::plan::{Pace, Plan, Role};

/// The plans of the project, with how long each may take on two processors (METHOD section 5).
const BUDGETS: [(&str, u64); 8] = [
    ("smoke", 60),
    ("quick", 600),
    ("standard", 3_000),
    ("full", 9_000),
    ("performance", 1_800),
    ("engines", 1_080),
    ("centre", 1_800),
    ("claims", 5_400),
];

#[test]
fn every_plan_is_sound_and_fits_its_budget() {
    assert!(Plan::names().eq(BUDGETS.map(|(name, _)| name)));
    for (name, budget_s) in BUDGETS {
        let plan = Plan::find(name).unwrap();
        assert_eq!(plan.name, name);
        assert!(plan.time() < Duration::from_secs(budget_s), "{name} takes {:?}", plan.time());
    }
}

#[test]
fn grids_become_workloads_of_their_own() {
    let plan = Plan::find("standard").unwrap();
    let map: Vec<_> = plan.workload.iter().filter(|workload| workload.role == Role::Map).collect();
    assert_eq!(map.len(), 13);
    let cell = map.iter().find(|workload| workload.name == "map-d50-c1000").unwrap();
    assert_eq!((cell.connections, cell.places_delay_ms, cell.pace), (1_000, Some(50.0), Pace::Closed));
    assert_eq!(
        (cell.lead_in_s(), plan.measured_s(cell)),
        (0.75, 0.7),
        "a round of 1,000 replies takes longer than one of 10"
    );
    let updates = map.iter().find(|workload| workload.name == "map-updates-c1000").unwrap();
    assert_eq!((updates.iamat, updates.whatsat, updates.places_delay_ms), (1, 0, None));
    let rate = plan.workload.iter().find(|workload| workload.name == "rate-4000").unwrap();
    assert_eq!((rate.role, rate.pace), (Role::Rate, Pace::RatePerS(4_000.0)));
}

#[test]
fn a_manifest_can_hold_every_plan() {
    for name in Plan::names() {
        let plan = Plan::find(name).unwrap();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }
}

/// What is said of `quick` with one text in place of another.
fn told(text: &str, instead: &str) -> String {
    let quick = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/plans/quick.toml")).unwrap();
    assert!(quick.contains(text), "{text}");
    Plan::parse(&quick.replacen(text, instead, 1), "mine.toml").unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_told_with_line_and_column() {
    for (text, instead, expected) in [
        ("seed = 1", "sed = 1", "mine.toml:4:1: unknown field `sed`"),
        ("blocks = 8", "blocks = 0", "mine.toml:5:10: blocks are 1 to 999"),
        ("warmup_s = 1.2", "warmup_s = -1.0", ": a time is 0 to 3600 seconds"),
        ("measure_s = 0.5", "measure_s = 0.0", ": a window is longer than 0 seconds"),
        ("throughput = 0.05", "throughput = 5.0", ": a margin is a share"),
        ("\"herd-threads-twin\", ", "", ": `twin` is \"herd-threads-twin\", which is not among `variants`"),
        ("\"node\"", "\"herd-tasks\"", ": this variant is named twice"),
        ("slice_s = 0.125", "slice_s = 0.0", ": a slice is 0.02 to 5 seconds"),
        ("slice_lead_s = 0.04", "slice_lead_s = 2.0", ": the lead of a slice is 0 to 1 second"),
        ("repeats = 8", "repeats = 8\ngates = { steal = 5.0 }", ": `steal` and `waiting` are shares, from 0 to 1"),
        ("repeats = 8", "repeats = 8\ngates = { latency = 0.1 }", "unknown field `latency`"),
        ("name = \"updates-1k\"", "name = \"W2\"", ": workload W2: a name has only a to z"),
        ("name = \"updates-1k\"", "name = \"updates-50\"", ": two workloads are called updates-50; name one otherwise"),
        (
            "connections = 1000\npace = \"closed\"\niamat = 0",
            "connections = 5001\npace = \"closed\"\niamat = 0",
            ": workload searches-1k-50ms: with a delay, connections are 5000 at most",
        ),
        ("places_delay_ms = 50\n", "", ": workload searches-1k-50ms: with `whatsat` it needs `places_delay_ms`"),
        ("pace = \"closed\"", "pace = { rate-per-s = 0.0 }", ": workload updates-50: a rate is above 0"),
        (
            "whatsat = 1\nplaces_delay_ms = 50",
            "whatsat = 1\nplaces_delay_ms = 50\nvariants = [\"go\"]",
            ": workload searches-1k-50ms: \"go\" is not",
        ),
        ("iamat = 0", "iamat = 0\nblocks = 0", ": workload searches-1k-50ms: `blocks` is at least 1"),
        (
            "depth = 16",
            "blocks = 3\ndepth = 16",
            ": 3 blocks of \"pipelined-50\" can show nothing at the level of 6 rows",
        ),
        ("role = \"race\"", "role = \"herd\"", ": workload updates-50: the herd is told updates alone, at a rate"),
        ("depth = 16", "depth = 16\nidle_alone = true", ": workload pipelined-50: `idle_alone` goes with the role"),
        (
            "depth = 16",
            "depth = 16\nwhatsat = 1\nplaces_delay_ms = 0\nherd = true",
            ": workload pipelined-50: `herd` goes with",
        ),
        ("depth = 16", "depth = 16\nsteps = [1, 2]", ": workload pipelined-50: `steps` go with the role `memory`"),
        ("metric = \"cpu-per-request\"", "metric = \"capacity\"", ": capacity is compared in workloads of the role"),
        ("metric = \"cpu-per-request\"", "metric = \"latency-p99\"", ": p99 is described, never decided by"),
        (
            "metric = \"cpu-per-request\"",
            "metric = \"memory-per-idle-connection\"",
            ": memory is compared in workloads of",
        ),
        ("workload = \"updates-1k\"", "workload = \"w9\"", ": there is no workload \"w9\""),
        ("b = \"herd-tasks\"", "b = \"herd-threads\"", ": `a` and `b` are the same variant"),
        ("b = \"herd-tasks\"", "b = \"go\"", ": \"go\" does not run the workload \"updates-50\""),
    ] {
        let told = told(text, instead);
        assert!(told.contains(expected), "{told}\nis not\n{expected}");
    }
}

#[test]
fn what_is_wrong_with_an_objective_is_told() {
    for (text, instead, expected) in [
        (
            "role = \"race\"",
            "role = \"capacity\"\nobjective = \"p98<=50ms\"",
            "mine.toml:19:13: \"p98<=50ms\" is no condition such as p99>20ms or errors>0.1%: metrics are p50",
        ),
        (
            "role = \"race\"",
            "role = \"capacity\"",
            ": workload updates-50: it needs an `objective`, such as \"p99<=50ms",
        ),
        (
            "role = \"race\"",
            "role = \"capacity\"\nobjective = \"p99<=50ms\"",
            ": workload updates-50: its `pace` is the rate about which the search begins",
        ),
        (
            "role = \"race\"",
            "role = \"race\"\nobjective = \"p99<=50ms\"",
            ": workload updates-50: an `objective` goes with the role `capacity`",
        ),
    ] {
        let told = told(text, instead);
        assert!(told.contains(expected), "{told}\nis not\n{expected}");
    }
}

#[test]
fn an_objective_that_no_server_can_keep_is_refused() {
    let searched = "role = \"capacity\"\nobjective = \"p99<=50ms,errors<=0.1%\"";
    let w2 = "[[workload]]\nname = \"w2\"\nabout = \"\"\nconnections = 10\npace = { rate-per-s = 10.0 }\niamat = 0\n\
              whatsat = 1\nplaces_delay_ms = 50\n";
    let told = told("[[workload]]", &format!("{w2}{searched}\n\n[[workload]]"));
    assert!(
        told.contains(": workload w2: its `objective` bounds latency by less than the places service takes"),
        "{told}"
    );
}

#[test]
fn more_rows_than_the_blocks_bear_are_refused() {
    let row = "[[primary]]\nworkload = \"updates-50\"\nmetric = \"latency-p50\"\na = \"node\"\nb = \"herd-tasks\"\n\n[[primary]]";
    assert!(told("[[primary]]", row).contains(": 8 blocks bear 6 primary rows at most (METHOD 2.3)"));
}

#[test]
fn a_plan_that_is_not_there_is_told_with_those_that_are() {
    let told = Plan::find("quik").unwrap_err().to_string();
    assert_eq!(
        told,
        "there is no plan \"quik\"; plans are smoke, quick, standard, full, performance, engines, centre, claims, or give the path of a plan file"
    );
}

#[test]
fn a_choice_of_variants_keeps_the_pair_that_tells_the_noise() {
    let mut plan = Plan::find("quick").unwrap();
    plan.keep(&["node".to_owned()]).unwrap();
    assert_eq!(plan.variants, ["herd-threads", "herd-threads-twin", "node"]);
    assert!(plan.primary.is_empty());
    let told = plan.keep(&["go".to_owned()]).unwrap_err().to_string();
    assert_eq!(told, "the plan has no variant \"go\"; it has herd-threads, herd-threads-twin, node");
}
