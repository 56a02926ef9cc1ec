use std::fmt::Write;

use super::{
    BOX_BOUND,
    page::{CAPTION, herd_headings, losses},
    text::{cleaned, commit, day, raw_address, shortened},
    view::{View, ended_by, is_void, short},
};
use crate::{
    analysis::{Analysis, CapacityTable, CostCell, CostTable, Estimate, HerdCosts, Row, Standing},
    format::Unit,
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
        format!("## May it be believed?\n\n{}\n\n{}", escaped(&analysis.trust.line), list(&analysis.trust.warnings)),
        verdicts(view),
        capacities(view),
        costs(view),
        memory(view),
        headed("## The herd", &herd(view)),
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

/// Text that Markdown and HTML leave as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn heading(manifest: &Manifest) -> String {
    format!(
        "# Threads or async?\n\nPlan {}, {}, commit {}, {}, {} processors. The page with all pictures is `index.html`, beside \
         this file.",
        escaped(&manifest.plan.name),
        day(manifest.started_unix_s),
        escaped(&commit(manifest.commit.as_deref())),
        escaped(&manifest.machine.processor),
        manifest.machine.processors,
    )
}

fn answer(view: View<'_>) -> String {
    let answer = &view.analysis.answer;
    let plan = &view.analysis.manifest.plan;
    let sentences: Vec<_> = answer.sentences.iter().map(|one| escaped(one)).collect();
    let mut out = format!("## The answer\n\n{}\n\n", sentences.join("\n"));
    if !answer.situations.is_empty() {
        let heads =
            ["Situation", &view.name(&plan.threads), &view.name(&plan.tasks), "Ratio", "Verdict"].map(str::to_owned);
        let rows = answer.situations.iter().map(|one| match view.row(&one.row) {
            Some(row) => situation(view, &one.name, row),
            None => [one.name.clone(), "–".to_owned(), "–".to_owned(), "–".to_owned(), "its row is missing".to_owned()]
                .map(|cell| escaped(&cell)),
        });
        out += &table(&heads, rows.map(Vec::from));
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
        escaped(&short(view, row)),
    ]
}

fn verdicts(view: View<'_>) -> String {
    let groups = [(Standing::Primary, "Primary"), (Standing::Exploratory, "Exploratory"), (Standing::Twin, "Twins")];
    let mut out = format!("## Verdicts\n\n{BOX_BOUND}\n\n");
    for (standing, name) in groups {
        let rows = view.own_rows(standing);
        if !rows.is_empty() {
            // The files of the other rows stand in the table of costs: a list in each would bury what they say.
            let heads = ["Workload", "Metric", "a / b", "Ratio a/b", "Verdict", "Raw"].map(str::to_owned);
            let heads = if standing == Standing::Primary { &heads[..] } else { &heads[..5] };
            // Writing to a string cannot fail.
            let _ = write!(out, "### {name}\n\n{}\n", table(heads, rows.into_iter().map(|row| verdict(view, row))));
        }
    }
    out
}

fn verdict(view: View<'_>, row: &Row) -> Vec<String> {
    let notes: String = row.notes.iter().map(|note| "; ".to_owned() + &escaped(note)).collect();
    let ratio = escaped(&ratio(row));
    let mut cells = vec![
        escaped(&row.workload),
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
    let told = known.map(|(name, value)| format!("{} {}", escaped(&view.name(name)), links(value.sources.iter())));
    told.collect::<Vec<_>>().join(", ")
}

fn costs(view: View<'_>) -> String {
    let tables = view.analysis.costs.iter().filter(|table| view.is_race(&table.workload));
    let rows = tables.flat_map(|table| table.cells.iter().map(move |cell| cost(view, table, cell)));
    let heads = ["Workload", "Variant", "Replies a second", "CPU per request", "p50", "p90", "Raw"].map(str::to_owned);
    format!("## Costs\n\n{}", table(&heads, rows))
}

fn cost(view: View<'_>, table: &CostTable, cell: &CostCell) -> Vec<String> {
    let columns = [
        (&cell.throughput_per_s, Unit::PerSecond),
        (&cell.cpu_per_request_us, Unit::Us),
        (&cell.p50_us, Unit::Us),
        (&cell.p90_us, Unit::Us),
    ];
    let why = if cell.why.is_empty() { "–".to_owned() } else { escaped(&cell.why) };
    let mut row = vec![escaped(&table.workload), escaped(&view.name(&cell.variant))];
    row.extend(columns.map(|(value, unit)| value.as_ref().map_or_else(|| why.clone(), |value| estimate(value, unit))));
    row.push(links(cell.throughput_per_s.iter().flat_map(|value| &value.sources)));
    row
}

fn capacities(view: View<'_>) -> String {
    view.analysis.capacity.iter().map(|one| capacity(view, one)).collect::<Vec<_>>().join("\n")
}

/// The highest rates at which an objective is kept.
fn capacity(view: View<'_>, one: &CapacityTable) -> String {
    let rows = one.cells.iter().map(|cell| {
        let why = if cell.why.is_empty() { "–".to_owned() } else { escaped(&cell.why) };
        let coarsest = cell.searches.iter().filter_map(|search| search.resolution).reduce(f64::max);
        vec![
            escaped(&view.label(&cell.variant)),
            cell.capacity_per_s.as_ref().map_or(why, |value| estimate(value, Unit::PerSecond)),
            coarsest.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
            ended_by(&cell.searches),
            links(cell.searches.iter().map(|search| &search.source)),
        ]
    });
    let heads = ["Variant", "Highest rate that keeps it", "Search resolution", "Limited by", "Raw"].map(str::to_owned);
    let doubt = one.undecidable.as_ref().map(|why| format!("The objective is {}.\n\n", escaped(why)));
    let (name, objective) = (escaped(&one.workload), escaped(&one.objective));
    format!("## Capacity: {name}, {objective}\n\n{}{}", doubt.unwrap_or_default(), table(&heads, rows))
}

pub(super) fn memory(view: View<'_>) -> String {
    let rows = view.analysis.memory.iter().map(|slope| {
        let kib = [&slope.idle_kib, &slope.active_kib, &slope.kernel_idle_kib];
        let of =
            |value: &Option<Estimate>, unit| value.as_ref().map_or_else(|| "–".to_owned(), |one| estimate(one, unit));
        let mut row = vec![escaped(&view.name(&slope.variant))];
        row.extend(kib.map(|value| of(value, Unit::Kib)));
        row.push(of(&slope.switches_per_reply, Unit::Count));
        row
    });
    let heads = ["Variant", "Memory per idle connection", "under load", "kernel, idle", "Context switches per reply"];
    if view.analysis.memory.is_empty() { String::new() } else { table(&heads.map(str::to_owned), rows) }
}

pub(super) fn herd(view: View<'_>) -> String {
    let herd = &view.analysis.herd;
    let row = |one: &HerdCosts| {
        let of = |value: Option<&Estimate>, unit| value.map_or_else(|| "–".to_owned(), |one| estimate(one, unit));
        let why = if one.why.is_empty() { String::new() } else { format!(" ({})", escaped(&one.why)) };
        let mut row = vec![escaped(&view.name(&one.variant)) + &why];
        row.extend(one.seen().map(|(value, unit)| of(value, unit)));
        row.push(of(one.updates_per_s.as_ref(), Unit::PerSecond));
        row.push(of(one.settled_us.as_ref(), Unit::Us) + &losses(one));
        row.push(of(one.records_per_update.as_ref(), Unit::Count));
        row.extend(one.cpu_per_update_us.iter().map(|(_, value)| of(value.as_ref(), Unit::Us)));
        row
    };
    if herd.is_empty() {
        return String::new();
    }
    let heads: Vec<String> = herd_headings(herd).iter().map(|heading| escaped(heading)).collect();
    format!("{CAPTION}\n\n{}", table(&heads, herd.iter().map(row)))
}

fn repeat(commands: &[String]) -> String {
    commands.first().map_or_else(String::new, |first| format!("## Do it again\n\n    {first}\n"))
}

pub(super) fn table(heads: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_owned(); heads.len()];
    line(heads) + &line(&rule) + &rows.map(|row| line(&row)).collect::<String>()
}

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| ["- ", &escaped(line), "\n"].concat()).collect()
}

fn estimate(value: &Estimate, unit: Unit) -> String {
    escaped(&value.figure(unit))
}

fn ratio(row: &Row) -> String {
    row.figure()
}

/// Links to raw files, numbered.
fn links<'a>(sources: impl Iterator<Item = &'a String>) -> String {
    let links = sources.enumerate().map(|(index, source)| {
        raw_address(source).map_or_else(|| escaped(&shortened(source, 80)), |path| format!("[{}]({path})", index + 1))
    });
    links.collect::<Vec<_>>().join(" ")
}
