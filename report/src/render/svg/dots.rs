use loadgen::page::{Law, Picture, Px, Scale, across, down, mark, paint};
use maud::{Markup, html};

use crate::{
    analysis::Estimate,
    format::{Unit, duration_tick, tick},
    render::text::shortened,
};

/// Size of a chart of values: the width of a small phone.
const WIDTH: f64 = 360.0;
const ROW: f64 = 16.0;
const GROUP: f64 = 18.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 286.0;

/// Values of variants beside each other, in groups over one axis.
pub(crate) struct Dots<'a> {
    pub(crate) title: String,
    pub(crate) axis: String,
    pub(crate) unit: Unit,
    pub(crate) groups: Vec<DotGroup<'a>>,
}

/// The variants in one situation.
pub(crate) struct DotGroup<'a> {
    /// Its heading; empty for none.
    pub(crate) name: String,
    pub(crate) rows: Vec<DotRow<'a>>,
}

/// One variant's value.
pub(crate) struct DotRow<'a> {
    pub(crate) colour: u32,
    pub(crate) label: String,
    pub(crate) value: Option<&'a Estimate>,
    /// Why there is no value.
    pub(crate) why: &'a str,
}

impl Dots<'_> {
    /// The picture.
    pub(crate) fn picture(&self) -> Picture {
        let headings = self.groups.iter().filter(|group| !group.name.is_empty()).count();
        let rows: usize = self.groups.iter().map(|group| group.rows.len()).sum();
        let bottom = 4.0 + headings as f64 * GROUP + rows as f64 * ROW;
        Picture {
            width: WIDTH,
            height: bottom + 34.0,
            title: self.title.clone(),
            description: self.describe(),
            body: self.body(bottom),
        }
    }

    fn body(&self, bottom: f64) -> Markup {
        let law = Law::fitting(self.values());
        let scale = Scale::around(law, self.values(), [LEFT, RIGHT]);
        let mut lines = vec![self.foot(&scale, law, bottom)];
        let mut y = 4.0;
        for group in &self.groups {
            if !group.name.is_empty() {
                y += GROUP;
                lines.push(heading(&group.name, y - 5.0));
            }
            for row in &group.rows {
                y += ROW;
                lines.push(self.row(&scale, row, y - ROW / 2.0));
            }
        }
        html! { @for line in lines { (line) } }
    }

    fn foot(&self, scale: &Scale, law: Law, bottom: f64) -> Markup {
        let ticks = scale.ticks(5);
        let grid: String = ticks.iter().map(|value| down(scale.at(*value), 4.0, bottom)).collect();
        let log = if law == Law::Log { " (log)" } else { "" };
        html! {
            path class="g" d=(grid) {}
            @for value in scale.legible(ticks, |value| self.tick(value)) {
                text class="t" x=(Px(scale.at(value))) y=(Px(bottom + 13.0)) text-anchor="middle" { (self.tick(value)) }
            }
            text class="a" x=(Px(f64::midpoint(LEFT, RIGHT))) y=(Px(bottom + 29.0)) text-anchor="middle" { (self.axis) (log) }
        }
    }

    fn row(&self, scale: &Scale, row: &DotRow<'_>, y: f64) -> Markup {
        html! {
            g class=(paint(row.colour)) {
                text class="n" x="8" y=(Px(y + 3.8)) { (row.label) }
                @if let Some(value) = row.value {
                    @if let Some(interval) = &value.interval {
                        path class="i" d=(across(scale.at(interval.low), scale.at(interval.high.unwrap_or(1e15)), y)) {}
                    }
                    (mark(row.colour, scale.at(value.median), y, 3.8))
                    text class="f" x=(Px(WIDTH)) y=(Px(y + 3.8)) text-anchor="end" { (value.value(self.unit)) }
                } @else {
                    text class="t" x=(Px(LEFT)) y=(Px(y + 3.8)) { (shortened(reason(row), 46)) }
                }
            }
        }
    }

    fn values(&self) -> Vec<f64> {
        let estimates = self.groups.iter().flat_map(|group| &group.rows).filter_map(|row| row.value);
        let ends = |value: &Estimate| value.interval.map(|interval| [Some(interval.low), interval.high]);
        estimates.flat_map(|value| ends(value).into_iter().flatten().flatten().chain([value.median])).collect()
    }

    fn tick(&self, value: f64) -> String {
        match self.unit {
            Unit::Us => duration_tick(value),
            Unit::PerSecond | Unit::Kib | Unit::Count => tick(value),
        }
    }

    fn describe(&self) -> String {
        let told = |row: &DotRow<'_>| {
            let value = row.value.map_or_else(|| reason(row).to_owned(), |value| value.value(self.unit));
            format!("{} {value}", row.label)
        };
        let group = |group: &DotGroup<'_>| {
            let rows: Vec<_> = group.rows.iter().map(told).collect();
            let colon = if group.name.is_empty() { "" } else { ": " };
            format!("{}{colon}{}.", group.name, rows.join(", "))
        };
        self.groups.iter().map(group).collect::<Vec<_>>().join(" ")
    }
}

fn heading(name: &str, y: f64) -> Markup {
    html! { text class="k" x="0" y=(Px(y)) { (shortened(name, 58)) } }
}

fn reason<'a>(row: &DotRow<'a>) -> &'a str {
    if row.why.is_empty() { "not measured" } else { row.why }
}
