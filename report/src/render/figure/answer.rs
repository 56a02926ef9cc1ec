use maud::{Markup, PreEscaped, html};

use super::{forest::Forest, pen::Px};
use crate::{
    analysis::{Analysis, Row},
    render::{
        format::{cleaned, ratio, ratio_or_none, shortened},
        palette::properties,
        verdict::{short, versus},
        view::View,
    },
};

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 20.0;
const HEAD: f64 = 74.0;
const ROW: f64 = 70.0;
/// Longest name of a situation that stands left of a strip, and longest verdict, in characters.
const LONGEST_NAME: usize = 48;
const LONGEST_VERDICT: usize = 40;
/// Where the strips begin; they are as wide as in the page.
const STRIP: f64 = WIDTH - MARGIN - 340.0;

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
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (Px(WIDTH)) " " (height) } width=(Px(WIDTH))
            height=(height) role="img" font-family="system-ui, sans-serif" {
            title { "Threads against async, by situation" }
            desc { (told(view, rows)) }
            style { (PreEscaped(style())) }
            rect class="paper" x="0.5" y="0.5" width=(Px(WIDTH - 1.0)) height=(Px(bottom + 33.0)) rx="8" {}
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
    let figures = row.ratio.map(|value| format!(", {}", ratio(value, row.interval.as_ref())));
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
    let one = |(name, row): &(&str, &Row)| {
        format!("{name}: {}, {}.", short(view, row), ratio_or_none(row.ratio, row.interval.as_ref()))
    };
    rows.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn style() -> String {
    properties() + include_str!("picture.css") + include_str!("answer.css")
}
