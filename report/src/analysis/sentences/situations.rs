use crate::{
    analysis::{
        Row, Situation,
        evidence::{Figures, Ledger},
        little,
    },
    plan::{Metric, Pace, Plan, Role, Workload},
};

/// The row that stands for each situation of the plan, of those that compare tasks with threads.
pub(super) fn situations(ledger: &Ledger<'_>, rows: &[Row]) -> Vec<Situation> {
    let plan = ledger.plan();
    let own: Vec<&Row> = rows.iter().filter(|row| is_threads_against_tasks(plan, row)).collect();
    let situation = |workload: &Workload| {
        let name = workload.situation.clone()?;
        let row = asked(ledger, workload).into_iter().find_map(|(workload, metric)| {
            own.iter().find(|row| row.workload == workload.name && row.metric == metric)
        })?;
        Some(Situation { name, row: row.id.clone() })
    };
    plan.workload.iter().filter_map(situation).collect()
}

/// Whether a row compares the two of the answer, from either side.
fn is_threads_against_tasks(plan: &Plan, row: &Row) -> bool {
    let pair = (&row.a, &row.b);
    pair == (&plan.tasks, &plan.threads) || pair == (&plan.threads, &plan.tasks)
}

/// What a situation is told by, best first: memory where connections are idle; processor time where the rate is given, by
/// the plan, by the box (METHOD 1.3) or by the delay of places alone; else throughput.
fn asked<'a>(ledger: &Ledger<'a>, workload: &'a Workload) -> Vec<(&'a Workload, Metric)> {
    let cpu = (workload, Metric::CpuPerRequest);
    let throughput = (workload, Metric::Throughput);
    let by_load = match workload.pace {
        Pace::RatePerS(_) => vec![cpu],
        Pace::Closed if is_bound(ledger, workload) => vec![cpu, throughput],
        Pace::Closed => vec![throughput, cpu],
    };
    match workload.role {
        Role::Memory => vec![(workload, Metric::MemoryPerIdleConnection)],
        Role::Capacity => vec![(workload, Metric::Capacity)],
        Role::Herd | Role::Farthest => Vec::new(),
        Role::Race | Role::Map | Role::Rate => {
            let memory = ledger.plan().workload.iter().find(|one| one.role == Role::Memory && workload.idle > 0);
            memory.map(|memory| (memory, Metric::MemoryPerIdleConnection)).into_iter().chain(by_load).collect()
        }
    }
}

/// Whether in most runs of the two something other than the server sets the rate: less than 10 % of the machine was idle, or
/// the delay of places allowed no more.
fn is_bound(ledger: &Ledger<'_>, workload: &Workload) -> bool {
    let plan = ledger.plan();
    let readings = [&plan.threads, &plan.tasks].into_iter().flat_map(|name| ledger.readings(&workload.name, name));
    let figures: Vec<_> = readings.filter_map(|reading| reading.figures.as_ref()).collect();
    let is_bound = |one: &&&Figures| one.reasons.box_bound || little::is_bound(workload, one.throughput_per_s);
    2 * figures.iter().filter(is_bound).count() > figures.len()
}
