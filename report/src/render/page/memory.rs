use maud::{Markup, html};

use crate::{
    analysis::{Estimate, MemorySlope},
    format::{Unit, plain, rounded, tick},
    render::{
        svg::{Axis, Bar, DotGroup, DotRow, Dots, Law, Line, LineChart, LinePoint, Marks, Stack, Stroke},
        table::{Cell, Column, Table, figure, raw, table, variant},
        view::View,
    },
};

/// Idle connections that a total is told of.
const MANY: f64 = 10_000.0;
const KIB_PER_MIB: f64 = 1024.0;

/// One of a slope's values.
type Measure = fn(&MemorySlope) -> Option<&Estimate>;

/// What is known of memory, in the order of the picture.
const SLOPES: [(&str, Measure); 4] = [
    ("Idle connection, memory of the process", |slope| slope.idle_kib.as_ref()),
    ("Idle connection, memory of the kernel", |slope| slope.kernel_idle_kib.as_ref()),
    ("Idle connection, both together", |slope| slope.whole_idle_kib.as_ref()),
    ("Connection under load, memory of the process", |slope| slope.active_kib.as_ref()),
];

/// Memory and context switches of the project's own variants.
pub(crate) fn own(view: View<'_>) -> Markup {
    let slopes: Vec<_> = view.analysis.memory.iter().filter(|slope| !view.is_rival(&slope.variant)).collect();
    html! { (switches(view, &slopes)) (memory(view, &slopes)) }
}

/// Memory and context switches of all variants.
pub(crate) fn all(view: View<'_>) -> Markup {
    let slopes: Vec<_> = view.analysis.memory.iter().collect();
    html! { (switches(view, &slopes)) (memory(view, &slopes)) }
}

fn switches(view: View<'_>, slopes: &[&MemorySlope]) -> Markup {
    let column: Measure = |slope| slope.switches_per_reply.as_ref();
    let dots = Dots {
        title: "Context switches per reply, over whole server runs".to_owned(),
        axis: "context switches per reply".to_owned(),
        unit: Unit::Count,
        groups: vec![group(view, "", slopes, column)],
    };
    html! {
        @if slopes.iter().any(|slope| column(slope).is_some()) {
            (figure(&dots.picture(), &memory_table(slopes.iter().copied()).html(view)))
        }
    }
}

fn memory(view: View<'_>, slopes: &[&MemorySlope]) -> Markup {
    let known: Vec<_> =
        SLOPES.iter().filter(|(_, column)| slopes.iter().any(|slope| column(slope).is_some())).collect();
    let dots = Dots {
        title: "Memory per connection: slopes over several numbers of connections".to_owned(),
        axis: "KiB per connection".to_owned(),
        unit: Unit::Kib,
        groups: known.iter().map(|(name, column)| group(view, name, slopes, *column)).collect(),
    };
    html! {
        @if let Some(stack) = parts(view, slopes) {
            (figure(&stack.picture(), &part_figures(&stack)))
        }
        @if !known.is_empty() {
            (figure(&dots.picture(), &memory_table(slopes.iter().copied()).html(view)))
            (figure(&steps(view, slopes).picture(), &step_figures(view, slopes)))
        }
    }
}

/// What an idle connection's memory is made of, and what many come to.
fn parts(view: View<'_>, slopes: &[&MemorySlope]) -> Option<Stack> {
    let known: Vec<_> = slopes.iter().filter(|slope| !slope.idle_parts.is_empty()).collect();
    let names = known.first()?.idle_parts.iter().map(|(name, _)| name.clone()).collect();
    let bar = |slope: &&&MemorySlope| {
        let values: Vec<f64> = slope.idle_parts.iter().map(|(_, kib)| *kib).collect();
        let mib = values.iter().sum::<f64>() * MANY / KIB_PER_MIB;
        Bar {
            label: view.label(&slope.variant),
            values,
            total: format!("{} MiB", rounded(mib, i32::from(mib < 100.0))),
        }
    };
    Some(Stack {
        title: "What an idle connection holds; at its end, what 10,000 hold".to_owned(),
        axis: "KiB per idle connection".to_owned(),
        unit: Unit::Kib,
        parts: names,
        bars: known.iter().map(bar).collect(),
    })
}

fn part_figures(stack: &Stack) -> Markup {
    let headings: Vec<&str> = std::iter::once("Variant")
        .chain(stack.parts.iter().map(String::as_str))
        .chain(["10,000 connections"])
        .collect();
    let row = |bar: &Bar| {
        let cell = |text: &str| html! { span.num { (text) } };
        let values = bar.values.iter().map(|kib| cell(&Unit::Kib.value(*kib)));
        std::iter::once(html! { (bar.label) }).chain(values).chain([cell(&bar.total)]).collect()
    };
    table(&headings, stack.bars.iter().map(row).collect())
}

fn group<'a>(view: View<'_>, name: &str, slopes: &[&'a MemorySlope], column: Measure) -> DotGroup<'a> {
    let row = |slope: &&'a MemorySlope| DotRow {
        colour: view.colour(&slope.variant),
        label: view.label(&slope.variant),
        value: column(slope),
        why: "",
    };
    DotGroup { name: name.to_owned(), rows: slopes.iter().map(row).collect() }
}

/// What the slopes are from.
fn steps(view: View<'_>, slopes: &[&MemorySlope]) -> LineChart {
    let both = |slope: &&MemorySlope| {
        [(&slope.idle_steps, "idle", Stroke::Solid), (&slope.active_steps, "load", Stroke::Dashed)]
            .into_iter()
            .filter(|(steps, _, _)| !steps.is_empty())
            .map(|(steps, part, stroke)| line(view, &slope.variant, steps, part, stroke))
            .collect::<Vec<_>>()
    };
    let axis = |title: &str| Axis { title: title.to_owned(), law: Law::Log, tick };
    LineChart {
        title: "Memory against connections, idle and under load".to_owned(),
        description: "Medians over blocks; the slopes beside are from these.".to_owned(),
        x: axis("connections"),
        y: axis("PSS, KiB"),
        lines: slopes.iter().flat_map(both).collect(),
        bands: Vec::new(),
        references: Vec::new(),
    }
}

fn line(view: View<'_>, variant: &str, steps: &[(u32, f64)], part: &str, stroke: Stroke) -> Line {
    let points = steps.iter().map(|(connections, kib)| LinePoint::bare(f64::from(*connections), *kib)).collect();
    Line {
        colour: view.colour(variant),
        label: format!("{} {part}", view.label(variant)),
        stroke,
        points,
        marks: Marks::All,
    }
}

/// A line for each variant.
pub(crate) fn memory_table<'a>(slopes: impl IntoIterator<Item = &'a MemorySlope>) -> Table<'a> {
    let columns = [
        Column::new("Variant"),
        Column::named(SLOPES[0].0, "Memory per idle connection, process"),
        Column::named(SLOPES[1].0, "kernel"),
        Column::named(SLOPES[2].0, "both"),
        Column::named(SLOPES[3].0, "process, under load"),
        Column::named("Switches per reply", "Context switches per reply"),
        Column::of_page("Raw, by block"),
    ];
    let row = |slope: &'a MemorySlope| {
        let mut row = vec![Cell::Variant(&slope.variant)];
        row.extend(SLOPES.iter().map(|(_, column)| Cell::Estimate(column(slope), Unit::Kib, "")));
        row.push(Cell::Estimate(slope.switches_per_reply.as_ref(), Unit::Count, ""));
        row.push(sources(slope));
        row
    };
    Table { columns: columns.into(), rows: slopes.into_iter().map(row).collect() }
}

fn sources(slope: &MemorySlope) -> Cell<'_> {
    let text = |text: &str| Cell::Text(text.to_owned());
    Cell::Several(vec![
        text("memory "),
        files(slope.idle_kib.as_ref()),
        text("; server runs "),
        files(slope.switches_per_reply.as_ref()),
    ])
}

fn files(estimate: Option<&Estimate>) -> Cell<'_> {
    Cell::Raw(estimate.into_iter().flat_map(|one| &one.sources).collect())
}

fn step_figures(view: View<'_>, slopes: &[&MemorySlope]) -> Markup {
    let both = |slope: &&MemorySlope| {
        let idle = ("idle", &slope.idle_steps, &slope.idle_kib);
        let active = ("under load", &slope.active_steps, &slope.active_kib);
        let row = |part: &'static str, (connections, kib): &(u32, f64), of: &Option<Estimate>| {
            vec![
                variant(view, &slope.variant),
                html! { (part) },
                html! { span.num { (plain(f64::from(*connections))) } },
                html! { span.num { (Unit::Kib.value(*kib)) } },
                raw(of.iter().flat_map(|estimate| &estimate.sources)),
            ]
        };
        let rows = |(part, steps, of): (&'static str, &Vec<(u32, f64)>, &Option<Estimate>)| {
            steps.iter().map(|step| row(part, step, of)).collect::<Vec<_>>()
        };
        [idle, active].into_iter().flat_map(rows).collect::<Vec<_>>()
    };
    table(&["Variant", "State", "Connections", "PSS", "Raw, by block"], slopes.iter().flat_map(both).collect())
}
