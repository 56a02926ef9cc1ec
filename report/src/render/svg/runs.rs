//! Pictures of the runs themselves: replies by second, and when each run began.

use loadgen::page::{Law, Picture, Px, Scale, across, down, paint, polyline};
use maud::html;

use crate::format::{plain, tick};

const PANEL_WIDTH: f64 = 170.0;
const PANEL_HEIGHT: f64 = 64.0;
const PANEL_LEFT: f64 = 34.0;
const PANEL_BOTTOM: f64 = 50.0;

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
        let x = Scale::new(Law::Linear, [0.0, (seconds as f64 - 1.0).max(1.0)], [PANEL_LEFT, PANEL_WIDTH - 4.0]);
        let y = Scale::new(Law::Linear, [0.0, (self.highest as f64 * 1.05).max(1.0)], [PANEL_BOTTOM, 4.0]);
        let line = |counts: &Vec<u64>| {
            let points = counts.iter().enumerate().map(|(second, count)| (x.at(second as f64), y.at(*count as f64)));
            polyline(&points.collect::<Vec<_>>())
        };
        let body = html! {
            path class="x" d=(across(PANEL_LEFT, PANEL_WIDTH - 4.0, PANEL_BOTTOM)) {}
            text class="t" x=(Px(PANEL_LEFT - 4.0)) y=(Px(PANEL_BOTTOM)) text-anchor="end" { "0" }
            @if let Some(top) = y.ticks(3).last().filter(|top| **top > 0.0) {
                path class="g" d=(across(PANEL_LEFT, PANEL_WIDTH - 4.0, y.at(*top))) {}
                text class="t" x=(Px(PANEL_LEFT - 4.0)) y=(Px(y.at(*top) + 3.5)) text-anchor="end" { (tick(*top)) }
            }
            g class=(paint(self.colour)) { path class="p" d=(self.blocks.iter().map(line).collect::<String>()) {} }
            text class="t" x=(Px(PANEL_WIDTH - 4.0)) y=(Px(PANEL_HEIGHT - 2.0)) text-anchor="end" { (seconds) " s" }
        };
        let description = format!("Replies in each second, {} blocks over each other.", self.blocks.len());
        Picture { width: PANEL_WIDTH, height: PANEL_HEIGHT, title: self.title.clone(), description, body }
    }
}

const STRIP_WIDTH: f64 = 720.0;
const STRIP_LEFT: f64 = 116.0;
const STRIP_ROW: f64 = 14.0;

/// When each variant's runs began: a row for each variant, a stroke for each run, a rule for each block.
pub(crate) struct Strip {
    /// Colour, label, and the starts of its runs in minutes.
    pub(crate) rows: Vec<(u32, String, Vec<f64>)>,
    /// Number and start of each block, in minutes.
    pub(crate) blocks: Vec<(u32, f64)>,
}

impl Strip {
    /// The picture.
    pub(crate) fn picture(&self) -> Picture {
        let bottom = 18.0 + self.rows.len() as f64 * STRIP_ROW;
        let starts = self.rows.iter().flat_map(|(_, _, starts)| starts.iter().copied());
        let x = Scale::around(Law::Linear, starts, [STRIP_LEFT, STRIP_WIDTH - 6.0]);
        let body = html! {
            @for (block, start) in &self.blocks {
                path class="g" d=(down(x.at(*start), 4.0, bottom)) {}
                text class="t" x=(Px(x.at(*start) + 2.0)) y="12" { (block) }
            }
            @for (index, (colour, label, starts)) in self.rows.iter().enumerate() {
                @let y = 18.0 + index as f64 * STRIP_ROW;
                g class=(paint(*colour)) {
                    text class="n" x="0" y=(Px(y + 10.0)) { (label) }
                    path class="l" d=(starts.iter().map(|start| down(x.at(*start), y + 2.0, y + STRIP_ROW - 2.0)).collect::<String>()) {}
                }
            }
            @for tick in x.ticks(8) {
                text class="t" x=(Px(x.at(tick))) y=(Px(bottom + 13.0)) text-anchor="middle" { (plain(tick)) }
            }
            text class="a" x=(Px(f64::midpoint(STRIP_LEFT, STRIP_WIDTH))) y=(Px(bottom + 28.0)) text-anchor="middle" {
                "minutes since the comparison began; blocks are numbered above"
            }
        };
        Picture {
            width: STRIP_WIDTH,
            height: bottom + 34.0,
            title: "When each run began".to_owned(),
            description: format!("{} blocks, {} variants.", self.blocks.len(), self.rows.len()),
            body,
        }
    }
}
