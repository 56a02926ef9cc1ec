use maud::html;

use super::{
    pen::{Picture, Px, across, paint, polyline},
    scale::{Law, Scale},
};
use crate::render::format::tick;

const WIDTH: f64 = 170.0;
const HEIGHT: f64 = 64.0;
const LEFT: f64 = 34.0;
const BOTTOM: f64 = 50.0;

/// A small picture of one variant in one workload: replies by second, a thin line for each block.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) colour: u32,
    /// Replies in each second, a list for each block.
    pub(crate) blocks: Vec<Vec<u64>>,
    /// The largest value of all panels that are compared with this one.
    pub(crate) highest: u64,
}

impl Panel {
    /// The picture.
    pub(crate) fn picture(&self) -> Picture {
        let seconds = self.blocks.iter().map(Vec::len).max().unwrap_or(0);
        let x = Scale::new(Law::Linear, [0.0, (seconds as f64 - 1.0).max(1.0)], [LEFT, WIDTH - 4.0]);
        let y = Scale::new(Law::Linear, [0.0, (self.highest as f64 * 1.05).max(1.0)], [BOTTOM, 4.0]);
        let line = |counts: &Vec<u64>| {
            let points = counts.iter().enumerate().map(|(second, count)| (x.at(second as f64), y.at(*count as f64)));
            polyline(&points.collect::<Vec<_>>())
        };
        let body = html! {
            path class="x" d=(across(LEFT, WIDTH - 4.0, BOTTOM)) {}
            text class="t" x=(Px(LEFT - 4.0)) y=(Px(BOTTOM)) text-anchor="end" { "0" }
            @if let Some(top) = y.ticks(3).last().filter(|top| **top > 0.0) {
                path class="g" d=(across(LEFT, WIDTH - 4.0, y.at(*top))) {}
                text class="t" x=(Px(LEFT - 4.0)) y=(Px(y.at(*top) + 3.5)) text-anchor="end" { (tick(*top)) }
            }
            g class=(paint(self.colour)) { path class="p" d=(self.blocks.iter().map(line).collect::<String>()) {} }
            text class="t" x=(Px(WIDTH - 4.0)) y=(Px(HEIGHT - 2.0)) text-anchor="end" { (seconds) " s" }
        };
        let description = format!("Replies in each second, {} blocks over each other.", self.blocks.len());
        Picture { width: WIDTH, height: HEIGHT, title: self.title.clone(), description, body }
    }
}
