//! Ratios with their intervals on a shared axis: in the rows of a table, and as the picture of the answer.

use loadgen::page::{
    Law, PICTURE_STYLE, Picture, Px, Scale, across, down, mark, paint, properties, specks, text_width,
};
use maud::{Markup, PreEscaped, html};

use crate::{
    analysis::{Analysis, Interval, Row},
    format::tick,
    render::{
        text::{cleaned, shortened},
        view::{View, Winner, is_void, short, sides, versus, winner},
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

const PICTURE_WIDTH: f64 = 800.0;
const MARGIN: f64 = 20.0;
const HEAD: f64 = 74.0;
const ROW: f64 = 70.0;
/// Longest name of a situation that stands left of a strip, and longest verdict, in characters.
const LONGEST_NAME: usize = 48;
const LONGEST_VERDICT: usize = 40;
/// Where the strips begin; they are as wide as in the page.
const STRIP: f64 = PICTURE_WIDTH - MARGIN - 340.0;

/// The answer as one picture that needs no page around it: by situation, the ratio with its interval and the verdict.
/// It brings its own paper, light or dark as the reader's system is.
///
/// # Errors
/// If the analysis holds a number that JSON has not.
pub fn answer_svg(analysis: &Analysis) -> serde_json::Result<String> {
    let analysis = cleaned(analysis)?;
    let view = View { analysis: &analysis };
    let named = analysis.answer.situations.iter();
    let rows: Vec<_> = named.filter_map(|one| Some((one.name.as_str(), view.row(&one.row)?))).collect();
    Ok(drawn(view, &rows).into_string() + "\n")
}

fn drawn(view: View<'_>, rows: &[(&str, &Row)]) -> Markup {
    let bottom = HEAD + ROW * rows.len() as f64;
    let height = Px(bottom + 34.0);
    let forest = Forest::new(view, &rows.iter().map(|(_, row)| *row).collect::<Vec<_>>());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (Px(PICTURE_WIDTH)) " " (height) } width=(Px(PICTURE_WIDTH))
            height=(height) role="img" font-family="system-ui, sans-serif" {
            title { "Threads against async, by situation" }
            desc { (told(view, rows)) }
            style { (PreEscaped(style())) }
            rect class="paper" x="0.5" y="0.5" width=(Px(PICTURE_WIDTH - 1.0)) height=(Px(bottom + 33.0)) rx="8" {}
            text class="head" x=(Px(MARGIN)) y="32" { "Threads or async, by situation" }
            text class="a" x=(Px(MARGIN)) y="52" {
                "Ratios on a log axis. Dots are blocks, the bar is the interval, the band holds what does not matter."
            }
            @for (index, (name, row)) in rows.iter().enumerate() {
                (situation(view, &forest, name, row, HEAD + ROW * index as f64))
            }
            g transform={ "translate(" (Px(STRIP)) " " (Px(bottom)) ")" } { (forest.axis()) }
        }
    }
}

fn situation(view: View<'_>, forest: &Forest<'_>, name: &str, row: &Row, y: f64) -> Markup {
    let figures = row.ratio.map(|_| format!(", {}", row.figure()));
    html! {
        text class="name" x=(Px(MARGIN)) y=(Px(y + 16.0)) { (shortened(name, LONGEST_NAME)) }
        text class="f" x=(Px(MARGIN)) y=(Px(y + 35.0)) {
            tspan.verdict { (shortened(&short(view, row), LONGEST_VERDICT)) }
            @if let Some(figures) = figures { (figures) }
        }
        text class="a" x=(Px(MARGIN)) y=(Px(y + 52.0)) { (row.metric.title()) ", " (versus(view, row)) }
        g transform={ "translate(" (Px(STRIP)) " " (Px(y + 8.0)) ")" } { (forest.row(row).body) }
    }
}

fn told(view: View<'_>, rows: &[(&str, &Row)]) -> String {
    let one = |(name, row): &(&str, &Row)| format!("{name}: {}, {}.", short(view, row), row.figure());
    rows.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn style() -> String {
    properties() + PICTURE_STYLE + include_str!("answer.css")
}
