//! Ratios with their intervals on a shared axis, in the rows of a table.

use loadgen::page::{Law, Picture, Px, Scale, across, down, mark, paint, specks, text_width};
use maud::{Markup, html};

use crate::{
    analysis::{Interval, Row},
    format::tick,
    render::{
        text::shortened,
        view::{View, Winner, is_void, sides, versus, winner},
    },
};

/// Width of a row's picture.
const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 30.0;
/// Where in a row its interval stands; the names of the sides stand above.
const LEVEL: f64 = 20.0;
/// No axis goes further than this from 1, whatever a row says.
const FARTHEST: f64 = 64.0;

/// The shared axis of a table's rows: a/b, logarithmic.
pub(crate) struct Forest<'a> {
    view: View<'a>,
    scale: Scale,
    /// The id of the backdrop, where the rows share one.
    shared: Option<String>,
}

impl<'a> Forest<'a> {
    /// An axis for these rows, with 1 and every margin on it.
    pub(crate) fn new(view: View<'a>, rows: &[&Row]) -> Self {
        let values = rows.iter().flat_map(|row| extent(row)).map(|value| value.clamp(1.0 / FARTHEST, FARTHEST));
        let scale = Scale::around(Law::Log, values.chain([0.88, 1.136]), [4.0, WIDTH - 4.0]);
        Self { view, scale, shared: None }
    }

    /// The rows will refer to a backdrop of this id, which the page must hold.
    pub(crate) fn shared(mut self, id: String) -> Self {
        self.shared = Some(id);
        self
    }

    /// What all rows have behind them: the ticks' lines, and 1.
    pub(crate) fn backdrop(&self) -> Markup {
        html! { svg hidden="hidden" aria-hidden="true" { g id=[&self.shared] { (self.lines()) } } }
    }

    fn lines(&self) -> Markup {
        let ticks: String = self.ticks().into_iter().map(|value| down(self.scale.at(value), 10.0, HEIGHT)).collect();
        html! { path class="g" d=(ticks) {} path class="o" d=(down(self.scale.at(1.0), 10.0, HEIGHT)) {} }
    }

    /// The axis itself, for the heading of the rows.
    pub(crate) fn axis(&self) -> Markup {
        let ticks = self.ticks();
        html! {
            svg viewBox={ "0 0 " (Px(WIDTH)) " 16" } width=(Px(WIDTH)) height="16" aria-hidden="true" {
                @for value in ticks {
                    @let x = self.scale.at(value);
                    path class="x" d=(down(x, 12.0, 16.0)) {}
                    text class="t" x=(Px(clear_of_edges(x, &tick(value)))) y="9" text-anchor="middle" { (tick(value)) }
                }
            }
        }
    }

    /// One row: the margin as a band, 1 as a line, pairs as dots, the interval as a bar and the estimate as the mark
    /// of the variant that it speaks for.
    pub(crate) fn row(&self, row: &Row) -> Picture {
        Picture {
            width: WIDTH,
            height: HEIGHT,
            title: format!("{}, {}", versus(self.view, row), row.metric.title()),
            description: row.figure(),
            body: self.body(row),
        }
    }

    fn body(&self, row: &Row) -> Markup {
        let [left, right] = sides(self.view, row);
        html! {
            (self.band(row.margin))
            @match &self.shared {
                Some(id) => use href={ "#" (id) } {},
                None => (self.lines()),
            }
            @if row.a != row.b && !is_void(row) {
                text class="s" x="0" y="8" { "◂ " (shortened(&left, 24)) }
                text class="s" x=(Px(WIDTH)) y="8" text-anchor="end" { (shortened(&right, 24)) " ▸" }
            }
            @if !is_void(row) || row.ratio.is_some() {
                g class=(self.class(row)) { (self.dots(row)) (self.estimate(row)) }
            }
        }
    }

    fn band(&self, margin: f64) -> Markup {
        let (from, to) = (self.scale.at(1.0 / (1.0 + margin)), self.scale.at(1.0 + margin));
        html! { rect class="b" x=(Px(from)) y="10" width=(Px(to - from)) height=(Px(HEIGHT - 10.0)) {} }
    }

    fn dots(&self, row: &Row) -> Markup {
        let inside = row.pairs.iter().filter(|pair| self.scale.holds(pair.ratio));
        // Dots of neighbouring blocks stand at different heights, so that equal ones can be told apart.
        let points: Vec<_> =
            inside.map(|pair| (self.scale.at(pair.ratio), LEVEL - 4.0 + f64::from(pair.block % 5) * 2.0)).collect();
        html! { path class="d" d=(specks(&points)) {} }
    }

    fn estimate(&self, row: &Row) -> Markup {
        html! {
            @if let Some(interval) = &row.interval { path class="i" d=(self.bar(interval)) {} }
            @if let Some(ratio) = row.ratio {
                @match winner(row) {
                    Winner::A => (mark(self.view.colour(&row.a), self.scale.at(ratio), LEVEL, 4.5)),
                    Winner::B => (mark(self.view.colour(&row.b), self.scale.at(ratio), LEVEL, 4.5)),
                    Winner::Neither => path class="n" d=(down(self.scale.at(ratio), LEVEL - 5.0, LEVEL + 5.0)) {},
                }
            }
        }
    }

    /// The bar of an interval: a short stroke closes an end, none does where it goes on beyond the axis.
    fn bar(&self, interval: &Interval) -> String {
        let high = interval.high.unwrap_or(f64::INFINITY);
        let (from, to) = (self.scale.at(interval.low), self.scale.at(high.min(1e12)));
        let ends = [(interval.low, from), (high, to)];
        let closed = ends.iter().filter(|(value, _)| self.scale.holds(*value));
        across(from, to, LEVEL) + &closed.map(|(_, x)| down(*x, LEVEL - 3.0, LEVEL + 3.0)).collect::<String>()
    }

    fn class(&self, row: &Row) -> String {
        if is_void(row) {
            return "void".to_owned();
        }
        match winner(row) {
            Winner::A => paint(self.view.colour(&row.a)),
            Winner::B => paint(self.view.colour(&row.b)),
            Winner::Neither => "vn".to_owned(),
        }
    }

    fn ticks(&self) -> Vec<f64> {
        self.scale.ticks(7)
    }
}

/// Whether there is anything of a row to be drawn: nothing of one that was not measured.
pub(crate) fn is_drawn(row: &Row) -> bool {
    row.ratio.is_some() || (!is_void(row) && (row.interval.is_some() || !row.pairs.is_empty()))
}

fn clear_of_edges(x: f64, text: &str) -> f64 {
    let half = text_width(text, 10.0) / 2.0;
    x.clamp(half, WIDTH - half)
}

/// The values that a row needs room for: its interval's ends, else its pairs.
fn extent(row: &Row) -> Vec<f64> {
    let ends = row.interval.iter().flat_map(|interval| [Some(interval.low), interval.high]).flatten();
    let pairs = row.pairs.iter().filter(|_| row.interval.is_none()).map(|pair| pair.ratio);
    ends.chain(pairs).chain(row.ratio).filter(|value| value.is_finite() && *value > 0.0).collect()
}
