//! The whole in one picture: situations by servers, each cell what it costs beside the cheapest.

use loadgen::page::{PICTURE_STYLE, Picture, Px, properties, text_width};
use maud::{Markup, PreEscaped, html};

use crate::{
    analysis::{Analysis, HeatCell, HeatRow},
    format::Quantity,
    render::{
        text::{cleaned, shortened},
        view::View,
    },
};

const LEFT: f64 = 296.0;
const CELL: f64 = 76.0;
const ROW: f64 = 38.0;
const MARGIN: f64 = 20.0;
/// Longest line of a situation's name, in characters.
const LINE: usize = 40;
/// Room above the first row: title, subtitle, names of the servers.
const HEAD: f64 = 104.0;

/// From light to dark in one hue, so that lightness tells them apart for every kind of colour vision: up to which ratio, the
/// colour, and that of the text on it.
const STEPS: [(f64, &str, &str); 5] = [
    (1.1, "#fff3d6", "#1b1b1b"),
    (1.5, "#fed98e", "#1b1b1b"),
    (2.0, "#fe9929", "#1b1b1b"),
    (4.0, "#c34a02", "#ffffff"),
    (f64::INFINITY, "#662506", "#ffffff"),
];

/// The picture, which needs no page around it: it brings its own paper, light or dark as the reader's system is.
///
/// # Errors
/// If the analysis holds a number that JSON has not.
pub fn answer_svg(analysis: &Analysis) -> serde_json::Result<String> {
    let analysis = cleaned(analysis)?;
    let picture = heat_picture(View { analysis: &analysis });
    let (width, height) = (Px(picture.width), Px(picture.height));
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img"
            font-family="system-ui, sans-serif" {
            title { (picture.title) }
            desc { (picture.description) }
            style { (PreEscaped(properties() + PICTURE_STYLE + include_str!("answer.css"))) }
            rect class="paper" x="0.5" y="0.5" width=(Px(picture.width - 1.0)) height=(Px(picture.height - 1.0)) rx="8" {}
            (picture.body)
        }
    };
    Ok(svg.into_string() + "\n")
}

/// The same within a page.
pub(crate) fn heat_picture(view: View<'_>) -> Picture {
    let rows = &view.analysis.heat;
    let columns: Vec<&str> =
        rows.first().into_iter().flat_map(|row| &row.cells).map(|cell| cell.variant.as_str()).collect();
    let bottom = HEAD + rows.len() as f64 * ROW;
    Picture {
        width: (LEFT + columns.len() as f64 * CELL + MARGIN).max(640.0),
        height: bottom + 58.0,
        title: "What each server costs, by situation".to_owned(),
        description: described(view, rows),
        body: html! {
            defs { pattern id="undecided" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                path d="M0 0V7" stroke="#6b6b6b" stroke-width="1.6" {}
            } }
            text class="head" x=(Px(MARGIN)) y="32" { "What each server costs, by situation" }
            text class="a" x=(Px(MARGIN)) y="52" { "Each cell: times the cheapest of its row, and the figure itself. Lower is better." }
            @for (index, name) in columns.iter().enumerate() { (heading(view, name, LEFT + (index as f64 + 0.5) * CELL)) }
            @for (index, row) in rows.iter().enumerate() { (line(row, HEAD + index as f64 * ROW)) }
            @if rows.is_empty() { text class="a" x=(Px(MARGIN)) y="84" { "Nothing was measured." } }
            (legend(bottom + 18.0))
        },
    }
}

/// A server's name in one line or two.
fn heading(view: View<'_>, name: &str, x: f64) -> Markup {
    // As the sentences beside it say.
    let label = if name == view.analysis.manifest.plan.tasks { "async".to_owned() } else { view.label(name) };
    let lines: Vec<&str> = if text_width(&label, 12.0) > CELL { label.splitn(2, '-').collect() } else { vec![&label] };
    html! {
        @for (index, part) in lines.iter().rev().enumerate() {
            text class="k" x=(Px(x)) y=(Px(HEAD - 10.0 - index as f64 * 14.0)) text-anchor="middle" { (shortened(part, 12)) }
        }
    }
}

fn line(row: &HeatRow, y: f64) -> Markup {
    let told = format!("{}: {}", row.cost.title(), row.situation);
    let lines = wrapped(&told);
    let first = if lines.len() == 1 { y + 22.0 } else { y + 15.0 };
    html! {
        @for (index, part) in lines.iter().enumerate() {
            text class="f" x=(Px(MARGIN)) y=(Px(first + index as f64 * 14.0)) { (part) }
        }
        @for (index, cell) in row.cells.iter().enumerate() { (square(row, cell, LEFT + index as f64 * CELL, y)) }
    }
}

fn square(row: &HeatRow, cell: &HeatCell, x: f64, y: f64) -> Markup {
    let (Some(value), Some(relative)) = (cell.value, cell.relative) else {
        return html! { text class="t" x=(Px(x + CELL / 2.0)) y=(Px(y + 22.0)) text-anchor="middle" { "–" } };
    };
    let (_, ground, ink) = STEPS.into_iter().find(|(up_to, ..)| relative < *up_to).unwrap_or(STEPS[STEPS.len() - 1]);
    let is_cheapest = (relative - 1.0).abs() < 1e-9;
    let times = if is_cheapest { "cheapest".to_owned() } else { Quantity::Ratio.value(relative, None) };
    let (width, height) = (Px(CELL - 3.0), Px(ROW - 3.0));
    html! {
        rect x=(Px(x)) y=(Px(y)) width=(width) height=(height) fill=(ground) {}
        @if !is_cheapest && !cell.is_told_apart {
            rect x=(Px(x)) y=(Px(y)) width=(width) height=(height) fill="url(#undecided)" opacity=".35" {}
        }
        g fill=(ink) {
            text.cell x=(Px(x + CELL / 2.0 - 1.5)) y=(Px(y + 15.0)) text-anchor="middle" { (times) }
            text.cell.small x=(Px(x + CELL / 2.0 - 1.5)) y=(Px(y + 29.0)) text-anchor="middle" { (row.cost.unit().value(value)) }
        }
    }
}

fn legend(y: f64) -> Markup {
    html! {
        rect x=(Px(MARGIN)) y=(Px(y)) width="26" height="16" fill=(STEPS[1].1) {}
        rect x=(Px(MARGIN)) y=(Px(y)) width="26" height="16" fill="url(#undecided)" opacity=".35" {}
        text class="a" x=(Px(MARGIN + 34.0)) y=(Px(y + 12.0)) { "hatched: not told apart from the cheapest" }
        @for (index, (up_to, ground, _)) in STEPS.iter().enumerate() {
            @let x = MARGIN + 300.0 + index as f64 * 62.0;
            rect x=(Px(x)) y=(Px(y)) width="16" height="16" fill=(ground) {}
            text class="a" x=(Px(x + 20.0)) y=(Px(y + 12.0)) {
                @if up_to.is_finite() { "< " (up_to) "x" } @else { "more" }
            }
        }
    }
}

/// A text in two lines at most, broken at a space.
fn wrapped(text: &str) -> Vec<String> {
    if text.chars().count() <= LINE {
        return vec![text.to_owned()];
    }
    let breaks = text.char_indices().enumerate().filter(|(count, (_, c))| *c == ' ' && *count <= LINE);
    let at = breaks.last().map_or(0, |(_, (at, _))| at);
    vec![text[..at].to_owned(), shortened(text[at..].trim(), LINE)]
}

fn described(view: View<'_>, rows: &[HeatRow]) -> String {
    let cell = |row: &HeatRow, cell: &HeatCell| {
        let value = cell.value.map_or_else(|| "not measured".to_owned(), |value| row.cost.unit().value(value));
        format!("{} {value}", view.label(&cell.variant))
    };
    let row = |row: &HeatRow| {
        let cells: Vec<_> = row.cells.iter().map(|one| cell(row, one)).collect();
        format!("{}, {}: {}.", row.cost.title(), row.situation, cells.join(", "))
    };
    rows.iter().map(row).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn every_step_is_darker_than_the_one_before_and_its_text_can_be_read() {
        let mut before = 1.1;
        for (_, ground, ink) in STEPS {
            let (ground, ink) = (luminance(ground), luminance(ink));
            assert!(ground < before * 0.9, "{ground}");
            before = ground;
            assert!((ground.max(ink) + 0.05) / (ground.min(ink) + 0.05) >= 4.5);
        }
    }

    #[test]
    fn a_long_situation_takes_two_lines() {
        let lines = wrapped("CPU per request: 1,000 connections that search, places service takes 50 ms");
        assert_eq!(lines, ["CPU per request: 1,000 connections that", "search, places service takes 50 ms"]);
    }
}
