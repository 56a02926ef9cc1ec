//! The answer: one row for each situation, and three sentences that the rows make.
//!
//! Invariant: a sentence says of a row what its outcome says, and nothing where it says nothing.

use serde::{Deserialize, Serialize};

use super::{
    controls::{self, Voids},
    evidence::Ledger,
    map::MapCharts,
    row::Row,
    sentences::{costs, overtaking, sentence},
    trust::{Trust, placement_in_words},
};
use crate::plan::{Metric, Plan, Role, Workload};

/// The answer: what a reader takes along who reads no further.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What stands above the sentences: that the page's intervals are too narrow. None where the controls give no reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// Three sentences, computed from the rows.
    pub sentences: Vec<String>,
    /// Threads against async, by situation.
    pub situations: Vec<Situation>,
}

impl Answer {
    /// What is to be read, in order: the caution, if there is one, then the sentences.
    pub fn paragraphs(&self) -> impl Iterator<Item = &String> {
        self.caution.iter().chain(&self.sentences)
    }
}

/// One line of the answer's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Situation {
    /// In words, such as "few busy connections".
    pub name: String,
    /// The row that it quotes (`Row::id`).
    pub row: String,
}

/// The answer, from what was worked out before.
pub(super) fn answer(ledger: &Ledger<'_>, voids: &Voids, rows: &[Row], map: &MapCharts, trust: &Trust) -> Answer {
    let situations = situations(ledger, rows);
    let quoted: Vec<(&str, &Row)> = situations
        .iter()
        .filter_map(|one| Some((one.name.as_str(), rows.iter().find(|row| row.id == one.row)?)))
        .collect();
    let plan = ledger.plan();
    let sentences = vec![costs(ledger, &quoted), overtaking(ledger, voids, &quoted, map), sureness(plan, trust)];
    let caution = trust.chance.as_ref().and_then(controls::too_narrow);
    Answer { caution, sentences, situations }
}

/// The row that stands for each situation of the plan, of those that compare tasks with threads.
pub(super) fn situations(ledger: &Ledger<'_>, rows: &[Row]) -> Vec<Situation> {
    let plan = ledger.plan();
    let own: Vec<&Row> = rows.iter().filter(|row| is_threads_against_tasks(plan, row)).collect();
    let situation = |workload: &Workload| {
        let name = workload.situation.clone()?;
        let row = asked(plan, workload).into_iter().find_map(|(workload, metric)| {
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

/// What a situation is told by, best first: memory where connections are idle, else processor time. Throughput says the same
/// of a closed loop on full processors, and is told only where no processor time was read.
fn asked<'a>(plan: &'a Plan, workload: &'a Workload) -> Vec<(&'a Workload, Metric)> {
    match workload.role {
        Role::Memory => vec![(workload, Metric::MemoryPerIdleConnection)],
        Role::Capacity => vec![(workload, Metric::Capacity)],
        Role::Herd | Role::Farthest => Vec::new(),
        Role::Race | Role::Map | Role::Rate => {
            let memory = plan.workload.iter().find(|one| one.role == Role::Memory && workload.idle > 0);
            let memory = memory.map(|memory| (memory, Metric::MemoryPerIdleConnection));
            memory.into_iter().chain([(workload, Metric::CpuPerRequest), (workload, Metric::Throughput)]).collect()
        }
    }
}

/// How sure all this is: blocks, exclusions, what the controls would have shown, placement.
pub(super) fn sureness(plan: &Plan, trust: &Trust) -> String {
    let Trust { blocks_whole, blocks_planned, runs_measured, runs_excluded, .. } = trust;
    let blocks = format!("this rests on {blocks_whole} of {blocks_planned} whole blocks");
    let excluded = match runs_excluded {
        0 => "no run excluded".to_owned(),
        some => format!("{some} of {} runs excluded", runs_measured + runs_excluded),
    };
    let controls = controls::in_words(&trust.controls);
    sentence(&format!("{blocks} with {excluded}; {controls}; {}", placement_in_words(plan.placement)))
}
