use super::clause::sentence;
use crate::{
    analysis::{
        Chart, Outcome, Row,
        charts::{Ahead, By, MapCharts, ahead},
        evidence::Ledger,
        verdicts::Voids,
    },
    plan::{Plan, Role, Workload},
};

/// In how many situations, or cells, threads and async are shown ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    threads: usize,
    tasks: usize,
    all: usize,
}

/// Where one overtakes the other, or that it was not measured.
pub(super) fn overtaking(ledger: &Ledger<'_>, voids: &Voids, quoted: &[(&str, &Row)], map: &MapCharts) -> String {
    if map.by_time.is_empty() { by_situation(ledger.plan(), quoted) } else { by_map(ledger, voids, map) }
}

fn by_map(ledger: &Ledger<'_>, voids: &Voids, map: &MapCharts) -> String {
    let kinds = [(By::Time, &map.by_time, "replies a second"), (By::Cpu, &map.by_cpu, "replies per CPU second")];
    let told = kinds.map(|(by, charts, unit)| {
        let each = map.delays_ms.iter().zip(charts);
        let found: Vec<String> =
            each.flat_map(|(delay_ms, chart)| crossovers(ledger.plan(), *delay_ms, chart)).collect();
        if found.is_empty() {
            format!("by {unit} no overtaking is shown ({})", tally(ledger, voids, by).words("cell"))
        } else {
            format!("by {unit} {}", found.join(" and "))
        }
    });
    sentence(&format!("within {}, {}", extent(ledger), told.join("; ")))
}

/// "async overtakes threads between 100 and 1,000 connections where places take 5 ms".
fn crossovers(plan: &Plan, delay_ms: f64, chart: &Chart) -> Vec<String> {
    let told = chart.crossovers.iter().map(|crossover| {
        let who = if crossover.above == plan.threads { "threads overtake async" } else { "async overtakes threads" };
        let [from, to] = crossover.between.map(grouped);
        format!("{who} between {from} and {to} connections where places take {delay_ms} ms")
    });
    told.collect()
}

fn tally(ledger: &Ledger<'_>, voids: &Voids, by: By) -> Tally {
    let cells: Vec<&Workload> = cells(ledger).collect();
    let mut tally = Tally { all: cells.len(), ..Tally::default() };
    for workload in &cells {
        let beside = cells.iter().filter(|other| other.places_delay_ms == workload.places_delay_ms).count();
        match ahead(ledger, voids, workload, by.metric(), beside) {
            Ahead::Threads => tally.threads += 1,
            Ahead::Tasks => tally.tasks += 1,
            Ahead::Neither => {}
        }
    }
    tally
}

fn cells<'a>(ledger: &Ledger<'a>) -> impl Iterator<Item = &'a Workload> {
    ledger.plan().workload.iter().filter(|workload| workload.role == Role::Map)
}

/// What was measured: "10 to 5,000 connections and places that take 0 to 50 ms".
fn extent(ledger: &Ledger<'_>) -> String {
    let range = |of: &dyn Fn(&Workload) -> f64| {
        let least = cells(ledger).map(of).fold(f64::INFINITY, f64::min);
        let most = cells(ledger).map(of).fold(0.0, f64::max);
        if least < most { format!("{} to {}", grouped(least), grouped(most)) } else { grouped(most) }
    };
    let connections = range(&|workload| f64::from(workload.connections));
    let delays = range(&|workload| workload.places_delay_ms.unwrap_or(0.0));
    format!("{connections} connections and places that take {delays} ms")
}

/// Without a map: who is ahead in which situation.
fn by_situation(plan: &Plan, quoted: &[(&str, &Row)]) -> String {
    const UNKNOWN: &str = "where one overtakes the other was not measured, as the plan has no map of connections";
    let in_favour = |name: &str| -> Vec<String> {
        let won = quoted.iter().filter(|(_, row)| winner(row) == Some(name));
        won.map(|(situation, _)| format!("\"{situation}\"")).collect()
    };
    if quoted.is_empty() {
        return sentence(UNKNOWN);
    }
    let (threads, tasks) = (in_favour(&plan.threads), in_favour(&plan.tasks));
    if !threads.is_empty() && !tasks.is_empty() {
        let change = format!("threads are ahead in {}, async in {}", threads.join(" and "), tasks.join(" and "));
        return sentence(&format!("{change}; {UNKNOWN}"));
    }
    let tally = Tally { threads: threads.len(), tasks: tasks.len(), all: quoted.len() };
    sentence(&format!("{}; {UNKNOWN}", tally.words("situation")))
}

/// The variant that a verdict speaks for; none where there is no verdict, or none for either.
fn winner(row: &Row) -> Option<&str> {
    match row.outcome {
        Outcome::ABetter | Outcome::ALeads => Some(&row.a),
        Outcome::BBetter | Outcome::BLeads => Some(&row.b),
        Outcome::Void
        | Outcome::NotRun
        | Outcome::Limit
        | Outcome::Screening
        | Outcome::Equivalent
        | Outcome::NotShown
        | Outcome::IntervalOnly => None,
    }
}

impl Tally {
    /// "async is shown ahead in 3 of 12 cells, threads in none".
    fn words(self, of: &str) -> String {
        let Self { threads, tasks, all } = self;
        match (threads, tasks) {
            (0, 0) if all == 1 => format!("neither is shown ahead in the only {of}"),
            (0, 0) => format!("neither is shown ahead in any of {all} {of}s"),
            (0, 1) if all == 1 => format!("async is shown ahead in the only {of}"),
            (1, 0) if all == 1 => format!("threads are shown ahead in the only {of}"),
            (0, tasks) => format!("async is shown ahead in {tasks} of {all} {of}s, threads in none"),
            (threads, 0) => format!("threads are shown ahead in {threads} of {all} {of}s, async in none"),
            (threads, tasks) => format!("threads are shown ahead in {threads} of {all} {of}s, async in {tasks}"),
        }
    }
}

/// A number of connections or milliseconds with commas between thousands.
fn grouped(number: f64) -> String {
    if number.fract() != 0.0 || number.abs() < 1000.0 {
        return number.to_string();
    }
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
