//! What something is made of: a bar of parts for each server, over one linear axis.

use loadgen::page::{Law, Picture, Px, Scale, down};
use maud::{Markup, html};

use crate::format::{Unit, tick};

const WIDTH: f64 = 640.0;
const ROW: f64 = 24.0;
const BAR: f64 = 15.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 520.0;
const HEAD: f64 = 26.0;
/// Room for a key: the length of a name, and its square.
const KEY: f64 = 118.0;

/// Bars that add up.
pub(crate) struct Stack {
    pub(crate) title: String,
    pub(crate) axis: String,
    pub(crate) unit: Unit,
    /// Names of the parts, from the left.
    pub(crate) parts: Vec<String>,
    pub(crate) bars: Vec<Bar>,
}

/// One server's.
pub(crate) struct Bar {
    pub(crate) label: String,
    /// As many as the picture has parts.
    pub(crate) values: Vec<f64>,
    /// What stands at its end.
    pub(crate) total: String,
}

impl Bar {
    /// Where each part begins and ends. What noise made negative takes no room.
    fn spans(&self) -> Vec<[f64; 2]> {
        let mut end = 0.0;
        let mut span = |value: &f64| {
            let start = end;
            end += value.max(0.0);
            [start, end]
        };
        self.values.iter().map(&mut span).collect()
    }
}

impl Stack {
    /// The picture.
    pub(crate) fn picture(&self) -> Picture {
        let bottom = HEAD + self.bars.len() as f64 * ROW;
        let told = |bar: &Bar| {
            let parts = self.parts.iter().zip(&bar.values);
            let parts: Vec<_> = parts.map(|(part, value)| format!("{part} {}", self.unit.value(*value))).collect();
            format!("{}: {}.", bar.label, parts.join(", "))
        };
        Picture {
            width: WIDTH,
            height: bottom + 34.0,
            title: self.title.clone(),
            description: self.bars.iter().map(told).collect::<Vec<_>>().join(" "),
            body: self.body(bottom),
        }
    }

    fn body(&self, bottom: f64) -> Markup {
        let ends = self.bars.iter().filter_map(|bar| bar.spans().last().map(|span| span[1]));
        let scale = Scale::new(Law::Linear, [0.0, ends.fold(0.0, f64::max).max(f64::MIN_POSITIVE)], [LEFT, RIGHT]);
        let ticks = scale.ticks(5);
        let grid: String = ticks.iter().map(|value| down(scale.at(*value), HEAD, bottom)).collect();
        html! {
            @for (index, part) in self.parts.iter().enumerate() {
                @let x = LEFT + index as f64 * KEY;
                rect class={ "st st" (index) } x=(Px(x)) y="6" width="11" height="11" {}
                text class="t" x=(Px(x + 16.0)) y="16" { (part) }
            }
            path class="g" d=(grid) {}
            @for value in scale.legible(ticks, tick) {
                text class="t" x=(Px(scale.at(value))) y=(Px(bottom + 13.0)) text-anchor="middle" { (tick(value)) }
            }
            text class="a" x=(Px(f64::midpoint(LEFT, RIGHT))) y=(Px(bottom + 29.0)) text-anchor="middle" { (self.axis) }
            @for (index, bar) in self.bars.iter().enumerate() {
                (row(bar, &scale, HEAD + (index as f64 + 0.5) * ROW))
            }
        }
    }
}

fn row(bar: &Bar, scale: &Scale, y: f64) -> Markup {
    html! {
        text x="8" y=(Px(y + 3.8)) { (bar.label) }
        @for (index, [start, end]) in bar.spans().into_iter().enumerate() {
            rect class={ "st st" (index) } x=(Px(scale.at(start))) y=(Px(y - BAR / 2.0))
                width=(Px(scale.at(end) - scale.at(start))) height=(Px(BAR)) {}
        }
        text class="f" x=(Px(WIDTH)) y=(Px(y + 3.8)) text-anchor="end" { (bar.total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another_and_noise_takes_no_room() {
        let bar = Bar { label: String::new(), values: vec![2.0, -0.5, 3.0], total: String::new() };
        assert_eq!(bar.spans(), [[0.0, 2.0], [2.0, 2.0], [2.0, 5.0]]);
    }
}
