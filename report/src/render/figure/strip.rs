use maud::html;

use super::{
    pen::{Picture, Px, down, paint},
    scale::{Law, Scale},
};
use crate::render::format::plain;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 116.0;
const ROW: f64 = 14.0;

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
        let bottom = 18.0 + self.rows.len() as f64 * ROW;
        let starts = self.rows.iter().flat_map(|(_, _, starts)| starts.iter().copied());
        let x = Scale::around(Law::Linear, starts, [LEFT, WIDTH - 6.0]);
        let body = html! {
            @for (block, start) in &self.blocks {
                path class="g" d=(down(x.at(*start), 4.0, bottom)) {}
                text class="t" x=(Px(x.at(*start) + 2.0)) y="12" { (block) }
            }
            @for (index, (colour, label, starts)) in self.rows.iter().enumerate() {
                @let y = 18.0 + index as f64 * ROW;
                g class=(paint(*colour)) {
                    text class="n" x="0" y=(Px(y + 10.0)) { (label) }
                    path class="l" d=(starts.iter().map(|start| down(x.at(*start), y + 2.0, y + ROW - 2.0)).collect::<String>()) {}
                }
            }
            @for tick in x.ticks(8) {
                text class="t" x=(Px(x.at(tick))) y=(Px(bottom + 13.0)) text-anchor="middle" { (plain(tick)) }
            }
            text class="a" x=(Px(f64::midpoint(LEFT, WIDTH))) y=(Px(bottom + 28.0)) text-anchor="middle" {
                "minutes since the comparison began; blocks are numbered above"
            }
        };
        Picture {
            width: WIDTH,
            height: bottom + 34.0,
            title: "When each run began".to_owned(),
            description: format!("{} blocks, {} variants.", self.blocks.len(), self.rows.len()),
            body,
        }
    }
}
