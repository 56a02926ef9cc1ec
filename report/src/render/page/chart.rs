use maud::{Markup, html};

use crate::{
    analysis::{Chart, Curve, Point},
    format::{Unit, plain, rounded, tick},
    render::{
        svg::{Axis, Law, Line, LineChart, LinePoint, Marks, Reference, Stroke},
        table::{figure, raw, table, text, value, variant},
        text::anchor,
        view::View,
    },
};

/// Which curves of a chart are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    /// All of them.
    All,
    /// All but p99.
    Body,
    /// p99 alone.
    Tail,
}

/// A chart of the analysis: its picture, what must be known beside it, and its figures.
pub(crate) fn chart(view: View<'_>, chart: &Chart, parts: Parts, unit: Unit, references: Vec<Reference>) -> Markup {
    let curves: Vec<_> = chart.curves.iter().filter(|curve| parts.hold(curve)).collect();
    let picture = drawing(view, chart, parts, &curves, unit, references).picture();
    html! {
        div.chart id=(anchor(&format!("chart-{}{}", chart.id, parts.suffix()))) {
            (figure(&picture, &figures(view, chart, &curves, unit)))
            @if parts != Parts::Tail { (crossovers(view, chart)) }
            (gaps(view, &curves))
            @if !chart.notes.is_empty() { ul.note { @for note in &chart.notes { li { (note) } } } }
        }
    }
}

impl Parts {
    fn hold(self, curve: &Curve) -> bool {
        match self {
            Self::All => true,
            Self::Body => curve.part != "p99",
            Self::Tail => curve.part == "p99",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::All | Self::Body => "",
            Self::Tail => "-p99",
        }
    }
}

fn drawing(
    view: View<'_>,
    chart: &Chart,
    parts: Parts,
    curves: &[&Curve],
    unit: Unit,
    references: Vec<Reference>,
) -> LineChart {
    let points = curves.iter().flat_map(|curve| &curve.points);
    let xs: Vec<_> = points.clone().map(|point| point.x).collect();
    let compared = references.iter().flat_map(Reference::ys);
    let ys: Vec<_> = points.filter_map(|point| Some(point.y.as_ref()?.median)).chain(compared).collect();
    let x_law = if parts == Parts::All { Law::Log } else { Law::fitting(xs) };
    let tail = if parts == Parts::Tail { " (p99)" } else { "" };
    LineChart {
        title: format!("{}{tail}", chart.title),
        description: described(view, curves, unit),
        x: Axis { title: chart.x_title.clone(), law: x_law, tick },
        y: Axis { title: chart.y_title.clone(), law: Law::fitting(ys), tick },
        lines: curves.iter().map(|curve| line(view, curve)).collect(),
        bands: if parts == Parts::Tail { Vec::new() } else { chart.crossovers.iter().map(|one| one.between).collect() },
        references,
    }
}

fn line(view: View<'_>, curve: &Curve) -> Line {
    let stroke = match &*curve.part {
        "p90" => Stroke::Dashed,
        "p99" => Stroke::Dotted,
        _ => Stroke::Solid,
    };
    let points = curve.points.iter().map(point).collect();
    Line { colour: view.colour(&curve.variant), label: name(view, curve), stroke, points, marks: Marks::All }
}

fn point(point: &Point) -> LinePoint {
    let interval = point.y.as_ref().and_then(|y| y.interval);
    let ends = [interval.map(|interval| interval.low), interval.and_then(|interval| interval.high)];
    LinePoint { x: point.x, y: point.y.as_ref().map(|y| y.median), ends }
}

fn name(view: View<'_>, curve: &Curve) -> String {
    let label = view.label(&curve.variant);
    if curve.part.is_empty() { label } else { format!("{label} {}", curve.part) }
}

/// What the picture shows, for those who do not see it.
fn described(view: View<'_>, curves: &[&Curve], unit: Unit) -> String {
    let told = |curve: &&Curve| {
        let known: Vec<_> = curve.points.iter().filter_map(|point| Some((point.x, point.y.as_ref()?))).collect();
        match (known.first(), known.last()) {
            (Some(first), Some(last)) => {
                let ends = [first, last].map(|(x, y)| format!("{} at {}", y.value(unit), plain(*x)));
                format!("{}: from {} to {}.", name(view, curve), ends[0], ends[1])
            }
            _ => format!("{}: no values.", name(view, curve)),
        }
    };
    curves.iter().map(told).collect::<Vec<_>>().join(" ")
}

fn crossovers(view: View<'_>, chart: &Chart) -> Markup {
    html! {
        @for one in &chart.crossovers {
            p.told {
                strong { (view.label(&one.below)) } " is better up to " (rounded(one.between[0], 0)) ", "
                strong { (view.label(&one.above)) } " from " (rounded(one.between[1], 0)) " (shaded: not told apart in between)."
            }
        }
    }
}

/// Points without a value that have a place and a reason in common.
struct Gap<'a> {
    x: f64,
    why: &'a str,
    names: Vec<String>,
}

/// Why points are missing; they are crossed out at the foot of the picture.
fn gaps(view: View<'_>, curves: &[&Curve]) -> Markup {
    let mut gaps: Vec<Gap<'_>> = Vec::new();
    for (curve, point) in curves.iter().flat_map(|curve| curve.points.iter().map(move |point| (curve, point))) {
        if point.y.is_some() {
            continue;
        }
        let same = |gap: &&mut Gap<'_>| gap.x.total_cmp(&point.x).is_eq() && gap.why == point.why;
        match gaps.iter_mut().find(same) {
            Some(gap) => gap.names.push(name(view, curve)),
            None => gaps.push(Gap { x: point.x, why: &point.why, names: vec![name(view, curve)] }),
        }
    }
    html! {
        @if !gaps.is_empty() {
            ul.note {
                @for gap in &gaps {
                    li { "Crossed out at " (rounded(gap.x, 0)) ": " (gap.names.join(", ")) ", " (gap.why) }
                }
            }
        }
    }
}

fn figures(view: View<'_>, chart: &Chart, curves: &[&Curve], unit: Unit) -> Markup {
    let cells = |curve: &Curve, point: &Point| {
        let sources = point.y.as_ref().map_or(&[][..], |y| &y.sources);
        vec![
            html! { (variant(view, &curve.variant)) " " (curve.part) },
            html! { span.num { (rounded(point.x, 0)) } },
            value(point.y.as_ref(), unit, &point.why),
            text(point.y.as_ref().map_or(0, |y| y.blocks)),
            raw(sources),
        ]
    };
    let rows = curves.iter().flat_map(|curve| curve.points.iter().map(move |point| cells(curve, point)));
    table(&["Variant", &chart.x_title, &chart.y_title, "Blocks", "Raw, by block"], rows.collect())
}
