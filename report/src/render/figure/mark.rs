use maud::{Markup, html};

use super::pen::{paint, px};
use crate::render::palette::hue;

/// A variant's mark at a point: ten shapes, so that colour is never all that tells two variants apart. `r` is half its
/// size.
pub(crate) fn mark(colour: u32, x: f64, y: f64, r: f64) -> Markup {
    let is_hollow = matches!(hue(colour), 2 | 6 | 7 | 8 | 9);
    html! { path class=(if is_hollow { "h" } else { "m" }) d=(outline(colour, x, y, r)) {} }
}

/// A variant's mark beside its name in a text or a table; the name itself stands there too, so it is hidden from
/// screen readers. The page must hold [`keys`].
pub(crate) fn key(colour: u32) -> Markup {
    html! { svg class={ "key " (paint(colour)) } aria-hidden="true" { use href={ "#k" (hue(colour)) } {} } }
}

/// The marks that [`key`] shows, once for the page.
pub(crate) fn keys() -> Markup {
    html! {
        svg hidden="hidden" aria-hidden="true" {
            @for colour in 0..10 { g id={ "k" (colour) } { (mark(colour, 6.0, 6.0, 4.0)) } }
        }
    }
}

fn outline(colour: u32, x: f64, y: f64, r: f64) -> String {
    let side = r * 0.88;
    match hue(colour) {
        0 | 2 => circle(x, y, r),
        1 | 6 => polygon(x, y, &[(-side, -side), (side, -side), (side, side), (-side, side)]),
        3 | 8 => polygon(x, y, &[(0.0, -r * 1.15), (r * 1.1, r * 0.85), (-r * 1.1, r * 0.85)]),
        4 | 9 => polygon(x, y, &[(0.0, -r * 1.25), (r * 1.25, 0.0), (0.0, r * 1.25), (-r * 1.25, 0.0)]),
        // 5 and 7: a triangle on its head; nothing else is left of ten.
        _ => polygon(x, y, &[(0.0, r * 1.15), (r * 1.1, -r * 0.85), (-r * 1.1, -r * 0.85)]),
    }
}

fn circle(x: f64, y: f64, r: f64) -> String {
    let (r, wide) = (px(r), px(r * 2.0));
    format!("M{} {}a{r} {r} 0 1 0 {wide} 0a{r} {r} 0 1 0-{wide} 0z", px(x - wide_half(&wide)), px(y))
}

/// Half of a written number, so that a circle closes where it began.
fn wide_half(wide: &str) -> f64 {
    wide.parse::<f64>().unwrap_or(0.0) / 2.0
}

fn polygon(x: f64, y: f64, corners: &[(f64, f64)]) -> String {
    let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
    super::pen::polyline(&corners) + "z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_variants_have_ten_marks() {
        let marks: std::collections::BTreeSet<_> =
            (0..10).map(|colour| mark(colour, 0.0, 0.0, 3.0).into_string()).collect();
        assert_eq!(marks.len(), 10);
    }
}
