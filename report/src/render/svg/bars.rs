//! What a rule of a claim compares: each estimate with its interval, and the rule's bounds.

use loadgen::page::{Law, Picture, Px, Scale, across, down, mark, paint};
use maud::html;

use crate::{claims::Line, format::plain};

const WIDTH: f64 = 560.0;
const LEFT: f64 = 250.0;
const ROW: f64 = 20.0;
const TOP: f64 = 8.0;
/// Longest name beside a bar, in characters.
const LONGEST: usize = 44;

/// Whether a line has a place on the axis, which is one of logarithms.
pub(crate) fn is_bar(line: &Line) -> bool {
    line.estimate.is_some_and(is_on_axis)
}

fn is_on_axis(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// A bar for each line.
pub(crate) struct Bars<'a> {
    pub(crate) title: &'a str,
    pub(crate) lines: Vec<&'a Line>,
}

impl Bars<'_> {
    /// The picture.
    pub(crate) fn picture(&self) -> Picture {
        let bottom = TOP + self.lines.len() as f64 * ROW;
        let x = Scale::around(Law::Log, self.values(), [LEFT, WIDTH - 10.0]);
        let bounds: Vec<f64> = self.bounds().filter(|bound| x.holds(*bound)).collect();
        let ticks = x.legible(x.ticks(5), plain);
        let body = html! {
            path class="x" d=(across(LEFT, WIDTH - 10.0, bottom)) {}
            @for bound in &bounds { path class="d" d=(down(x.at(*bound), TOP, bottom)) {} }
            @for (index, line) in self.lines.iter().enumerate() {
                @let y = TOP + (index as f64 + 0.5) * ROW;
                text class="n" x=(Px(LEFT - 8.0)) y=(Px(y + 4.0)) text-anchor="end" { (loadgen::page::shortened(&line.what, LONGEST)) }
                g class=(paint(0)) {
                    path class="i" d=(across(x.at(end(line, 0)), x.at(end(line, 1)), y)) {}
                    (mark(0, x.at(line.estimate.unwrap_or(1.0)), y, 4.0))
                }
            }
            @for tick in ticks {
                text class="t" x=(Px(x.at(tick))) y=(Px(bottom + 14.0)) text-anchor="middle" { (plain(tick)) }
            }
        };
        let told = self.lines.iter().map(|line| format!("{}: {}", line.what, line.figure)).collect::<Vec<_>>();
        Picture {
            width: WIDTH,
            height: bottom + 20.0,
            title: self.title.to_owned(),
            description: told.join("; "),
            body,
        }
    }

    fn bounds(&self) -> impl Iterator<Item = f64> + Clone {
        self.lines.iter().flat_map(|line| line.bounds.iter().copied()).filter(|bound| is_on_axis(*bound))
    }

    fn values(&self) -> impl IntoIterator<Item = f64> + Clone {
        let of_line = |line: &&Line| [line.estimate.unwrap_or(1.0), end(line, 0), end(line, 1)];
        self.lines.iter().flat_map(of_line).chain(self.bounds())
    }
}

/// An end of an interval; the estimate where there is none, or it has no place on the axis.
fn end(line: &Line, side: usize) -> f64 {
    let estimate = line.estimate.unwrap_or(1.0);
    line.interval[side].filter(|end| is_on_axis(*end)).unwrap_or(estimate)
}
