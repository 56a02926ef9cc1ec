use std::fmt::Write;

use super::{
    BOX_BOUND, OPPOSED,
    claims::claims_table,
    page::{
        CAPTION, OUTAGES, TOPOLOGY_CAPTION, capacity_table, cost_table, herd_table, memory_table, outage_table,
        topology_table,
    },
    table::{Cell, markdown_table, numbered},
    text::{cleaned, commit, day, escaped},
    view::{View, is_opposed, is_void, short},
};
use crate::{
    analysis::{Analysis, CapacityTable, Row, Standing},
    results::Manifest,
};

/// `report.md`: the answer, what it rests on, the verdicts and the costs, for a repository or a pull request.
///
/// # Errors
/// If the analysis holds a number that JSON has not.
pub fn markdown(analysis: &Analysis) -> serde_json::Result<String> {
    let analysis = cleaned(analysis)?;
    let view = View { analysis: &analysis };
    let sections = [
        heading(&analysis.manifest),
        answer(view),
        headed("## The claims of the original report", &claims_table(&analysis.claims)),
        format!("## Can it be trusted?\n\n{}\n\n{}", escaped(&analysis.trust.line), list(&analysis.trust.warnings)),
        verdicts(view),
        capacities(view),
        costs(view),
        memory(view),
        headed("## The herd", &herd(view)),
        headed("## A central server, a star, a herd", &topologies(view)),
        repeat(&analysis.appendix.commands),
    ];
    Ok(sections
        .iter()
        .map(|section| section.trim_end())
        .filter(|section| !section.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
        + "\n")
}

fn headed(heading: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{heading}\n\n{text}") }
}

fn heading(manifest: &Manifest) -> String {
    format!(
        "# Threads or async?\n\nPlan {}, {}, commit {}, {}, {} processors. The page with all pictures is `index.html`, beside \
         this file.",
        escaped(&manifest.plan.name),
        day(manifest.started_unix_s),
        escaped(&commit(manifest.commit.as_deref())),
        escaped(&manifest.machine.named()),
        manifest.machine.processors,
    )
}

fn answer(view: View<'_>) -> String {
    let answer = &view.analysis.answer;
    let plan = &view.analysis.manifest.plan;
    let lines: Vec<_> = answer.texts().map(|text| format!("- {}", escaped(text))).collect();
    let mut out = format!("## The answer\n\n{}\n\n", lines.join("\n"));
    if !answer.situations.is_empty() {
        let heads =
            ["Situation", &view.name(&plan.threads), &view.name(&plan.tasks), "Ratio", "Verdict"].map(str::to_owned);
        let rows = answer.situations.iter().map(|one| match view.row(&one.row) {
            Some(row) => situation(view, &one.name, row),
            None => [one.name.clone(), "–".to_owned(), "–".to_owned(), "–".to_owned(), "its row is missing".to_owned()]
                .map(|cell| escaped(&cell)),
        });
        out += &markdown_table(&heads, rows.map(Vec::from));
    }
    out
}

fn situation(view: View<'_>, name: &str, row: &Row) -> [String; 5] {
    let plan = &view.analysis.manifest.plan;
    let of = |variant: &str| {
        let index = [&row.a, &row.b].into_iter().position(|one| one == variant);
        let value = index.and_then(|index| row.values[index].as_ref());
        value.map_or_else(|| "–".to_owned(), |value| value.value(row.metric.unit()))
    };
    [
        format!("{} ({})", escaped(name), row.metric.title()),
        of(&plan.threads),
        of(&plan.tasks),
        format!("{} {}", escaped(&versus(view, row)), escaped(&ratio(row))),
        escaped(&(short(view, row) + if is_opposed(row) { OPPOSED } else { "" })),
    ]
}

fn verdicts(view: View<'_>) -> String {
    let groups =
        [(Standing::Primary, "Primary"), (Standing::Exploratory, "Exploratory"), (Standing::Control, "A/A controls")];
    let mut out = format!("## Verdicts\n\n{BOX_BOUND}\n\n");
    for (standing, name) in groups {
        let rows = view.own_rows(standing);
        if !rows.is_empty() {
            // The files of the other rows stand in the table of costs: a list in each would bury what they say.
            let heads = ["Workload", "Metric", "a / b", "Ratio a/b", "Verdict", "Raw"].map(str::to_owned);
            let heads = if standing == Standing::Primary { &heads[..] } else { &heads[..5] };
            // Writing to a string cannot fail.
            let _ = write!(
                out,
                "### {name}\n\n{}\n",
                markdown_table(heads, rows.into_iter().map(|row| verdict(view, row)))
            );
        }
    }
    out
}

fn verdict(view: View<'_>, row: &Row) -> Vec<String> {
    let notes: String = row.notes.iter().map(|note| "; ".to_owned() + &escaped(note)).collect();
    let ratio = escaped(&ratio(row));
    let mut cells = vec![
        escaped(&if view.is_of_grid(&row.workload) { view.situation(&row.workload) } else { row.workload.clone() }),
        row.metric.title().to_owned(),
        escaped(&versus(view, row)),
        if is_void(row) && row.ratio.is_some() { format!("~~{ratio}~~") } else { ratio },
        escaped(&row.words) + &notes,
    ];
    if row.standing == Standing::Primary {
        cells.push(sources(view, row));
    }
    cells
}

/// What is compared: "tasks / threads".
pub(super) fn versus(view: View<'_>, row: &Row) -> String {
    format!("{} / {}", view.name(&row.a), view.name(&row.b))
}

/// Links to the raw files of both variants.
fn sources(view: View<'_>, row: &Row) -> String {
    let both = [&row.a, &row.b].into_iter().zip(&row.values);
    let known = both.filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let told = known.map(|(name, value)| format!("{} {}", escaped(&view.name(name)), numbered(value.sources.iter())));
    told.collect::<Vec<_>>().join(", ")
}

fn costs(view: View<'_>) -> String {
    let tables = view.analysis.costs.iter().filter(|table| view.is_race(&table.workload));
    let cells = tables.flat_map(|table| table.cells.iter().map(move |cell| (table, cell)));
    format!("## Costs\n\n{}", cost_table(view, cells, |table, _| Cell::Text(table.workload.clone())).markdown(view))
}

fn capacities(view: View<'_>) -> String {
    view.analysis.capacity.iter().map(|one| capacity(view, one)).collect::<Vec<_>>().join("\n")
}

/// The highest rates at which an objective is kept.
fn capacity(view: View<'_>, one: &CapacityTable) -> String {
    let doubt = one.undecidable.as_ref().map(|why| format!("The objective is {}.\n\n", escaped(why)));
    let (name, objective) = (escaped(&one.workload), escaped(&one.objective));
    let table = capacity_table(one).markdown(view);
    format!("## Capacity: {name}, {objective}\n\n{}{table}", doubt.unwrap_or_default())
}

/// Memory and context switches; empty where neither was measured.
pub(super) fn memory(view: View<'_>) -> String {
    let slopes = &view.analysis.memory;
    if slopes.is_empty() { String::new() } else { memory_table(slopes).markdown(view) }
}

/// What a herd does with updates; empty where the plan has none.
pub(super) fn herd(view: View<'_>) -> String {
    let herd = &view.analysis.herd;
    if herd.is_empty() { String::new() } else { format!("{CAPTION}\n\n{}", herd_table(herd).markdown(view)) }
}

/// The bounds and what follows; nothing where the plan has no topology.
fn topologies(view: View<'_>) -> String {
    let all = &view.analysis.topologies;
    let costs: Vec<_> = all.costs.iter().collect();
    let parts = [
        (!costs.is_empty()).then(|| format!("{TOPOLOGY_CAPTION}\n\n{}", topology_table(&costs).markdown(view))),
        (!all.outages.is_empty()).then(|| format!("{OUTAGES}\n\n{}", outage_table(&all.outages).markdown(view))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn repeat(commands: &[String]) -> String {
    commands.first().map_or_else(String::new, |first| format!("## Do it again\n\n    {first}\n"))
}

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| ["- ", &escaped(line), "\n"].concat()).collect()
}

fn ratio(row: &Row) -> String {
    row.figure()
}
