use crate::{
    plan::{Plan, Workload},
    results::{Machine, Manifest},
};

/// Memory that a system reports may differ a little from boot to boot.
const SAME_MEMORY: f64 = 0.02;

/// Why two directories should not be compared: another machine, or another load. Empty where nothing speaks against it. The
/// number of blocks, the variants, and workloads that only one of them has do not matter.
#[must_use]
pub fn incomparable(before: &Manifest, after: &Manifest) -> Vec<String> {
    machines(&before.machine, &after.machine).into_iter().chain(plans(&before.plan, &after.plan)).collect()
}

/// Workloads of both by name: before, after.
fn shared<'a>(before: &'a Plan, after: &'a Plan) -> Vec<(&'a Workload, &'a Workload)> {
    let other = |workload: &Workload| after.workload.iter().find(|other| other.name == workload.name);
    before.workload.iter().filter_map(|workload| Some((workload, other(workload)?))).collect()
}

fn machines(before: &Machine, after: &Machine) -> Vec<String> {
    let differ = |what: &str, before: &str, after: &str| {
        (before != after).then(|| format!("another {what}: {before} before, {after} after"))
    };
    let processors = [before, after].map(|one| one.processors.to_string());
    let ratio = before.memory_kib as f64 / after.memory_kib as f64;
    let memory = (ratio - 1.0).abs() > SAME_MEMORY || ratio.is_nan();
    let found = [
        differ("processor", &before.processor, &after.processor),
        differ("number of processors", &processors[0], &processors[1]),
        memory.then(|| format!("other memory: {} KiB before, {} KiB after", before.memory_kib, after.memory_kib)),
        differ("kernel", &before.kernel, &after.kernel),
    ];
    found.into_iter().flatten().collect()
}

fn plans(before: &Plan, after: &Plan) -> Vec<String> {
    let shared = shared(before, after);
    if shared.is_empty() {
        return vec!["no workload is in both plans".to_owned()];
    }
    let timing = |plan: &Plan| [plan.warmup_s, plan.measure_s].map(f64::to_bits);
    let checks = [
        (before.placement != after.placement, "another placement of server and client on processors"),
        (timing(before) != timing(after), "another warm-up or another window"),
        (before.seed != after.seed, "another seed, hence other requests"),
        (before.margins != after.margins, "other margins"),
    ];
    let of_plan = checks.iter().filter(|(differs, _)| *differs).map(|(_, what)| (*what).to_owned());
    let of_workloads = shared
        .iter()
        .filter(|(before, after)| load(before) != load(after))
        .map(|(workload, _)| format!("the workload {} is another one", workload.name));
    of_plan.chain(of_workloads).collect()
}

/// What of a workload decides what is measured.
fn load(workload: &Workload) -> Workload {
    Workload { about: String::new(), situation: None, variants: Vec::new(), blocks: None, ..workload.clone() }
}
