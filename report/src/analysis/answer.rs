//! The answer: a line for each decision, best decided first, and who should choose what.
//!
//! Invariant: a line says of a row what its interval says, and nothing where it says nothing.

use serde::{Deserialize, Serialize};

use super::{
    comparison::Standing,
    controls::{self, Voids},
    evidence::Ledger,
    languages::languages,
    map::MapCharts,
    memory::MemorySlope,
    overtaking::crossovers,
    row::Row,
    sentences::{choices, idle, of_row, plain_updates, sentence, tails},
    trust::{Trust, placement_in_words},
};
use crate::{
    format::counted,
    plan::{Metric, Plan, Role, Workload},
};

/// The answer: what a reader takes along who reads no further.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What stands above the lines: that the page's intervals are too narrow. None where the controls give no reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// One for each decision, best decided first, then the languages, then how sure all this is.
    pub lines: Vec<AnswerLine>,
    /// Who should choose async, and who threads.
    pub choices: Vec<String>,
    /// Threads against async, by situation.
    pub situations: Vec<Situation>,
}

/// What is said of one decision: a few sentences of at most 25 words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// Where it stands.
    pub kind: LineKind,
    /// The sentences.
    pub text: String,
    /// The kind of load that it speaks of, such as "many idle connections"; empty where it speaks of several.
    pub load: String,
    /// By how much the dearer one exceeds the other, at least: lines of a kind are ordered by it.
    pub factor: f64,
    /// The same for people, such as "17x less memory"; empty where nothing is decided.
    pub gain: String,
}

/// What a line speaks of, in the order of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// Async is cheaper.
    Async,
    /// Threads are cheaper.
    Threads,
    /// No difference was found.
    Undecided,
    /// Nothing could be said: missing, void, too few blocks.
    Unknown,
    /// Where one overtakes the other.
    Crossover,
    /// p99.
    Tails,
    /// The languages.
    Languages,
    /// How sure all this is.
    Sure,
}

/// What a reader looks for apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerPart {
    /// Threads against async.
    Models,
    /// The languages.
    Languages,
    /// How sure all this is.
    Sure,
}

impl LineKind {
    /// The part of the answer that a line of this kind stands in.
    #[must_use]
    pub fn part(self) -> AnswerPart {
        match self {
            Self::Async | Self::Threads | Self::Undecided | Self::Unknown | Self::Crossover | Self::Tails => {
                AnswerPart::Models
            }
            Self::Languages => AnswerPart::Languages,
            Self::Sure => AnswerPart::Sure,
        }
    }
}

impl Answer {
    /// What is to be read, in order: the caution, if there is one, threads against async and who should choose what, how sure
    /// that is, then the languages.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let caution = self.caution.iter().map(String::as_str);
        let of = |part| self.lines_of(part).map(|line| line.text.as_str());
        let choices = self.choices.iter().map(String::as_str);
        caution
            .chain(of(AnswerPart::Models))
            .chain(choices)
            .chain(of(AnswerPart::Sure))
            .chain(of(AnswerPart::Languages))
    }

    /// The lines of one part.
    pub fn lines_of(&self, part: AnswerPart) -> impl Iterator<Item = &AnswerLine> {
        self.lines.iter().filter(move |line| line.kind.part() == part)
    }

    /// Takes in what another plan of the same recording decides, not how sure that is.
    pub fn join(&mut self, other: &Self) {
        let is_new = |line: &&AnswerLine| {
            line.kind < LineKind::Crossover && !self.lines.iter().any(|own| own.subject() == line.subject())
        };
        let new: Vec<_> = other.lines.iter().filter(is_new).cloned().collect();
        self.lines.extend(new);
        order(&mut self.lines);
        self.choices = choices(&self.lines);
    }
}

/// What is decided stands first, the largest difference before smaller ones.
fn order(lines: &mut [AnswerLine]) {
    let place = |kind: LineKind| if kind == LineKind::Threads { LineKind::Async } else { kind };
    lines.sort_by(|one, other| {
        place(one.kind).cmp(&place(other.kind)).then_with(|| other.factor.total_cmp(&one.factor))
    });
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
pub(super) fn answer(
    ledger: &Ledger<'_>,
    voids: &Voids,
    rows: &[Row],
    map: &MapCharts,
    memory: &[MemorySlope],
    trust: &Trust,
) -> Answer {
    let situations = situations(ledger, rows);
    let quoted = quoted(ledger, rows, &situations);
    let mut lines: Vec<AnswerLine> = idle(ledger.plan(), memory).into_iter().collect();
    let (updates, others) = plain_updates(ledger, &quoted);
    lines.extend(updates);
    lines.extend(others.into_iter().map(|row| of_row(ledger, row)));
    lines.extend(crossovers(ledger, voids, map));
    lines.extend(tails(ledger, rows, trust));
    lines.extend(languages(ledger));
    lines.push(AnswerLine::plain(LineKind::Sure, sureness(ledger.plan(), rows, trust)));
    order(&mut lines);
    // What keeps a situation from an answer is the same by every metric.
    lines.dedup_by(|one, other| one.text == other.text);
    let choices = choices(&lines);
    let caution = trust.chance.as_ref().and_then(controls::too_narrow);
    Answer { caution, lines, choices, situations }
}

impl AnswerLine {
    /// The situation that it begins with.
    fn subject(&self) -> &str {
        self.text.split_once(" take ").or_else(|| self.text.split_once(": ")).map_or(&self.text, |(subject, _)| subject)
    }

    /// A line that decides nothing.
    pub(super) fn plain(kind: LineKind, text: String) -> Self {
        Self { kind, text, load: String::new(), factor: 1.0, gain: String::new() }
    }
}

/// The rows of threads against tasks that a line is made of: those of the situations, and processor time of every race.
/// Memory has a line of its own.
fn quoted<'r>(ledger: &Ledger<'_>, rows: &'r [Row], situations: &[Situation]) -> Vec<&'r Row> {
    let plan = ledger.plan();
    let is_race = |row: &Row| plan.workload.iter().any(|one| one.name == row.workload && one.role == Role::Race);
    let is_quoted = |row: &&Row| {
        let is_asked = situations.iter().any(|one| one.row == row.id) || row.metric == Metric::CpuPerRequest;
        is_asked && is_threads_against_tasks(plan, row) && is_race(row)
    };
    rows.iter().filter(is_quoted).collect()
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
pub(super) fn is_threads_against_tasks(plan: &Plan, row: &Row) -> bool {
    let pair = (&row.a, &row.b);
    pair == (&plan.tasks, &plan.threads) || pair == (&plan.threads, &plan.tasks)
}

/// What a situation is told by, best first: memory where connections are idle, else processor time. Throughput says the same
/// of a closed loop on full processors, and is told only where no processor time was read.
fn asked<'a>(plan: &'a Plan, workload: &'a Workload) -> Vec<(&'a Workload, Metric)> {
    match workload.role {
        Role::Memory => vec![(workload, Metric::MemoryPerIdleConnection)],
        Role::Capacity => vec![(workload, Metric::Capacity)],
        Role::Herd | Role::Farthest | Role::Topology => Vec::new(),
        Role::Race | Role::Map | Role::Rate => {
            let memory = plan.workload.iter().find(|one| one.role == Role::Memory && workload.idle > 0);
            let memory = memory.map(|memory| (memory, Metric::MemoryPerIdleConnection));
            memory.into_iter().chain([(workload, Metric::CpuPerRequest), (workload, Metric::Throughput)]).collect()
        }
    }
}

/// How sure all this is: blocks, exclusions, what the controls would have shown, placement.
fn sureness(plan: &Plan, rows: &[Row], trust: &Trust) -> String {
    let Trust { blocks_whole, blocks_planned, runs_measured, runs_excluded, .. } = trust;
    let all = runs_measured + runs_excluded;
    let blocks = sentence(&format!(
        "how sure: {blocks_whole} of {} are whole, {runs_excluded} of {all} runs are excluded",
        counted(*blocks_planned as usize, "block"),
    ));
    let controls = sentence(&controls::in_words(&trust.controls));
    let placement = sentence(placement_in_words(plan.placement));
    let is_exploratory = |row: &Row| row.standing == Standing::Exploratory && is_threads_against_tasks(plan, row);
    let exploratory = if rows.iter().any(is_exploratory) {
        " \"Exploratory\" lines were not named before the run: each interval holds by itself, at 95 %."
    } else {
        ""
    };
    format!("{blocks} {controls} {placement}{exploratory}")
}
