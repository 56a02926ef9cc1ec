use maud::{Markup, PreEscaped, html};

use super::{
    forest::Forest,
    pen::{Px, text_width},
};
use crate::{
    analysis::{Analysis, Row},
    render::{
        format::{cleaned, ratio_or_none, shortened},
        palette::properties,
        verdict::{short, versus},
        view::View,
    },
};

const WIDTH: f64 = 640.0;
const MARGIN: f64 = 20.0;
const HEAD: f64 = 62.0;
const ROW: f64 = 74.0;

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
    let height = Px(HEAD + ROW * rows.len() as f64 + 34.0);
    let forest = Forest::new(view, &rows.iter().map(|(_, row)| *row).collect::<Vec<_>>());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (Px(WIDTH)) " " (height) } width=(Px(WIDTH))
            height=(height) role="img" font-family="system-ui, sans-serif" {
            title { "Threads against async, by situation" }
            desc { (told(view, rows)) }
            style { (PreEscaped(style())) }
            rect class="paper" x="0.5" y="0.5" width=(Px(WIDTH - 1.0)) height=(Px(HEAD + ROW * rows.len() as f64 + 33.0)) rx="8" {}
            text class="head" x=(Px(MARGIN)) y="30" { "Threads or async, by situation" }
            text class="a" x=(Px(MARGIN)) y="50" { "ratio, log scale; dots: blocks, bar: interval, grey: differences that do not matter" }
            @for (index, (name, row)) in rows.iter().enumerate() {
                (situation(view, &forest, name, row, HEAD + ROW * index as f64))
            }
            (axis(&forest, HEAD + ROW * rows.len() as f64))
        }
    }
}

fn situation(view: View<'_>, forest: &Forest<'_>, name: &str, row: &Row, y: f64) -> Markup {
    let room = WIDTH - MARGIN * 2.0 - 340.0 - 16.0;
    let metric = format!("{}, {}", row.metric.title(), versus(view, row));
    let longest = |size: f64| {
        let count = room / text_width("m", size);
        (1..80).take_while(|length| f64::from(*length) <= count).count()
    };
    html! {
        text class="name" x=(Px(MARGIN)) y=(Px(y + 16.0)) { (shortened(name, longest(14.0))) }
        text class="a" x=(Px(MARGIN)) y=(Px(y + 34.0)) { (shortened(&metric, longest(12.0))) }
        text class="name" x=(Px(MARGIN)) y=(Px(y + 54.0)) { (shortened(&short(view, row), longest(14.0))) }
        g transform={ "translate(" (Px(WIDTH - MARGIN - 340.0)) " " (Px(y)) ")" } {
            (forest.row(row).body)
            text class="f" x="340" y="48" text-anchor="end" { (ratio_or_none(row.ratio, row.interval.as_ref())) }
        }
    }
}

fn axis(forest: &Forest<'_>, y: f64) -> Markup {
    html! {
        g transform={ "translate(" (Px(WIDTH - MARGIN - 340.0)) " " (Px(y)) ")" } { (forest.axis()) }
    }
}

fn told(view: View<'_>, rows: &[(&str, &Row)]) -> String {
    let one = |(name, row): &(&str, &Row)| {
        format!("{name}: {}, {}.", short(view, row), ratio_or_none(row.ratio, row.interval.as_ref()))
    };
    rows.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn style() -> String {
    properties() + include_str!("picture.css") + include_str!("answer.css")
}
