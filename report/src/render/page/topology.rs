use maud::{Markup, html};

use crate::{
    analysis::{Estimate, Interval, OutageCosts, Scaling, TopologyCosts},
    format::{Quantity, Unit, tick},
    plan::{Asked, Shape, Victim},
    render::{
        svg::{Axis, Law, Line, LineChart, LinePoint, Marks, Stroke},
        table::{Cell, Column, Table, figure, folded, scrolled},
        view::View,
    },
    results::Kind,
};

/// What a reader must know of the figures.
pub(crate) const CAPTION: &str = "All servers share this machine, so their own throughput says nothing of a deployment in which each \
                                  component has a machine. There the busiest component is the limit: the bound is one second over its \
                                  processor time per operation, for each processor of its machine. A read asks for no places.";

/// A central database, a star and a herd: what each component spends, and what happens without one.
pub(crate) fn section(view: View<'_>) -> Markup {
    let all = &view.analysis.topologies;
    let (main, others): (Vec<_>, Vec<_>) = all.costs.iter().partition(|costs| is_drawn(view, costs));
    html! {
        section #topologies aria-labelledby="topologies-heading" {
            h2 #topologies-heading { "A central server, a star, a herd" }
            @if !all.scaling.is_empty() { ul { @for line in follows(view) { li { (line) } } } }
            @if !main.is_empty() {
                p.soft { (CAPTION) }
                (figure(&picture(view, &main).picture(), &cost_table(&main).html(view)))
            }
            @if !others.is_empty() {
                (folded("CPU by component of the other servers", &scrolled("CPU by component", &cost_table(&others).html(view))))
            }
            @if !all.outages.is_empty() {
                h3 { "While a component is gone" }
                p.soft { (OUTAGES) }
                (scrolled("While a component is gone", &outage_table(&all.outages).html(view)))
            }
        }
    }
}

/// Threads and the central servers stand in the picture; the others are told in figures.
fn is_drawn(view: View<'_>, costs: &TopologyCosts) -> bool {
    costs.shape == Shape::Central || costs.variant == view.analysis.manifest.plan.threads
}

/// What more servers do to the busiest component, a sentence for each shape.
fn follows(view: View<'_>) -> Vec<String> {
    let all = &view.analysis.topologies.scaling;
    let is_drawn = |one: &&Scaling| one.shape == Shape::Central || one.variant == view.analysis.manifest.plan.threads;
    let told = |shape: Shape| {
        let mut of_shape = all.iter().filter(is_drawn).filter(|one| one.shape == shape);
        let parts: Vec<String> = of_shape.clone().filter_map(ratio).collect();
        let [fewest, most] = of_shape.next()?.servers;
        (!parts.is_empty()).then(|| {
            format!(
                "With {most} servers in place of {fewest}, the busiest component of a {} spends {}.",
                shape.title(),
                parts.join(", ")
            )
        })
    };
    [Shape::Herd, Shape::Star, Shape::Central].into_iter().filter_map(told).collect()
}

/// "0.21x as much on a read [0.20, 0.22]".
fn ratio(one: &Scaling) -> Option<String> {
    let ratio = one.ratio.as_ref()?;
    let ends = ratio.interval.map(Interval::ends);
    let value = Quantity::Ratio.value(ratio.median, ends);
    let ends = ends.map_or_else(String::new, |ends| format!(" {}", Quantity::Ratio.interval(ratio.median, ends)));
    let on = match one.asked {
        Asked::Updates => "an update",
        Asked::Reads => "a read",
        Asked::Both => return None,
    };
    Some(format!("{value} as much on {on}{ends}"))
}

/// The bound against the number of servers: a colour for each shape, reads in full lines and updates in dashes.
fn picture(view: View<'_>, costs: &[&TopologyCosts]) -> LineChart {
    let mut lines = Vec::new();
    for (shape, colour) in [(Shape::Herd, 0), (Shape::Star, 1), (Shape::Central, 2)] {
        for (asked, stroke) in [(Asked::Reads, Stroke::Solid), (Asked::Updates, Stroke::Dashed)] {
            let of = costs.iter().filter(|one| one.shape == shape && one.asked == asked);
            let points: Vec<LinePoint> = of.map(|one| point(one)).collect();
            if !points.is_empty() {
                let label = format!("{}, {}", short(shape), asked.title());
                lines.push(Line { colour, label, stroke, points, marks: Marks::All });
            }
        }
    }
    let ys: Vec<f64> = lines.iter().flat_map(|line| &line.points).filter_map(|point| point.y).collect();
    let law = Law::fitting(ys);
    let threads = view.label(&view.analysis.manifest.plan.threads);
    LineChart {
        title: format!("Bound on capacity against servers; herd and star: {threads}"),
        description: described(costs),
        x: Axis { title: "servers that clients talk to".to_owned(), law: Law::Linear, tick },
        y: Axis { title: "operations a second per processor".to_owned(), law, tick },
        lines,
        bands: Vec::new(),
        references: Vec::new(),
    }
}

fn short(shape: Shape) -> &'static str {
    match shape {
        Shape::Herd => "herd",
        Shape::Star => "star",
        Shape::Central => "LAMP",
    }
}

fn point(costs: &TopologyCosts) -> LinePoint {
    let interval = costs.bound_per_s.as_ref().and_then(|bound| bound.interval);
    let ends = [interval.map(|interval| interval.low), interval.and_then(|interval| interval.high)];
    LinePoint { x: f64::from(costs.servers), y: costs.bound_per_s.as_ref().map(|bound| bound.median), ends }
}

/// What the picture shows, for those who do not see it.
fn described(costs: &[&TopologyCosts]) -> String {
    let told = |one: &&&TopologyCosts| {
        let bound = one.bound_per_s.as_ref()?;
        Some(format!(
            "{} of {}, {}: {}.",
            short(one.shape),
            one.servers,
            one.asked.title(),
            bound.value(Unit::PerSecond)
        ))
    };
    costs.iter().filter(|one| one.asked != Asked::Both).filter_map(|one| told(&one)).collect::<Vec<_>>().join(" ")
}

/// Processor time by component, and what it bounds.
pub(crate) fn cost_table<'a>(costs: &[&'a TopologyCosts]) -> Table<'a> {
    let headings = [
        "Topology",
        "Asked",
        "Variant",
        "Busiest server, µs per operation",
        "Centre",
        "Busiest web server",
        "Database",
        "Bound on capacity",
        "All components",
        "Answered here",
        "All hold it within",
    ];
    let columns = headings.map(Column::new).into_iter().chain([Column::named("Raw, by block", "Raw")]);
    Table { columns: columns.collect(), rows: costs.iter().map(|one| cost_row(one)).collect() }
}

fn cost_row(one: &TopologyCosts) -> Vec<Cell<'_>> {
    let of = |kind: Kind| {
        let found = one.busiest_of.iter().find(|(of, _)| *of == kind).and_then(|(_, estimate)| estimate.as_ref());
        Cell::Estimate(found, Unit::Us, "")
    };
    let estimate = |value, unit| Cell::Estimate(value, unit, &one.why);
    let sources = one.busiest_us.as_ref().map_or(&[][..], |busiest| &busiest.sources);
    vec![
        Cell::Text(format!("{}, {}", short(one.shape), one.servers)),
        Cell::Text(one.asked.title().to_owned()),
        Cell::Variant(&one.variant),
        of(Kind::Server),
        of(Kind::Centre),
        of(Kind::Web),
        of(Kind::Database),
        estimate(one.bound_per_s.as_ref(), Unit::PerSecond),
        estimate(one.total_us.as_ref(), Unit::Us),
        estimate(one.answered_per_s.as_ref(), Unit::PerSecond),
        Cell::Estimate(one.converged_us.as_ref(), Unit::Us, ""),
        Cell::Raw(sources.iter().collect()),
    ]
}

/// What a reader must know of the table of outages.
pub(crate) const OUTAGES: &str = "Updates and reads in equal parts, 500 a second, go to all servers; a component is killed under them and \
                                  started again. A probe beside updates one client at a server that was not killed and looks at \
                                  another one: how long it was not answered, and how long an answered update was not seen there.";

/// What was answered and seen while a component was gone.
pub(crate) fn outage_table(outages: &[OutageCosts]) -> Table<'_> {
    let headings = [
        "Topology",
        "Killed",
        "Variant",
        "Away for",
        "Failed requests, %",
        "Not answered for",
        "Not seen elsewhere for",
        "Runs that lost an update",
    ];
    let columns = headings.map(Column::new).into_iter().chain([Column::named("Raw, by block", "Raw")]);
    Table { columns: columns.collect(), rows: outages.iter().map(outage_row).collect() }
}

fn outage_row(one: &OutageCosts) -> Vec<Cell<'_>> {
    let estimate = |value, unit| Cell::Estimate(value, unit, &one.why);
    let sources = one.away_us.as_ref().map_or(&[][..], |away: &Estimate| &away.sources);
    vec![
        Cell::Text(format!("{}, {}", short(one.shape), one.servers)),
        Cell::Text(killed(one.shape, one.victim).to_owned()),
        Cell::Variant(&one.variant),
        estimate(one.away_us.as_ref(), Unit::Us),
        estimate(one.failed_percent.as_ref(), Unit::Count),
        estimate(one.unanswered_us.as_ref(), Unit::Us),
        estimate(one.unseen_us.as_ref(), Unit::Us),
        Cell::Number(one.runs_with_losses.to_string()),
        Cell::Raw(sources.iter().collect()),
    ]
}

fn killed(shape: Shape, victim: Victim) -> &'static str {
    match (shape, victim) {
        (Shape::Central, Victim::Centre) => "the database",
        (Shape::Herd | Shape::Star, Victim::Centre) => "the centre",
        (_, Victim::Server) => "a server",
    }
}
