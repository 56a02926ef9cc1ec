//! Lengths, paths, marks and the frame of a picture.

use maud::{Markup, Render, html};

use super::palette::hue;

/// A length in a picture, written with one decimal at most.
#[derive(Clone, Copy)]
pub struct Px(pub f64);

impl Render for Px {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&px(self.0));
    }
}

/// A whole picture with its name and, for those who do not see it, what it shows.
pub struct Picture {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Its name.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// What is drawn.
    pub body: Markup,
}

impl Render for Picture {
    fn render(&self) -> Markup {
        let (width, height) = (Px(self.width), Px(self.height));
        html! {
            svg viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" {
                title { (self.title) }
                desc { (self.description) }
                (self.body)
            }
        }
    }
}

/// The class that gives an element a variant's colour.
#[must_use]
pub fn paint(colour: u32) -> String {
    format!("v{}", hue(colour))
}

/// A number of a path: at most one decimal, and no more characters than needed.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A path through these points.
#[must_use]
pub fn polyline(points: &[(f64, f64)]) -> String {
    let corners: Vec<_> = points.iter().map(|(x, y)| px(*x) + " " + &px(*y)).collect();
    if corners.is_empty() { String::new() } else { "M".to_owned() + &corners.join("L") }
}

/// A path of points alone: strokes without length, which round caps turn into dots.
#[must_use]
pub fn specks(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| ["M", &px(*x), " ", &px(*y), "h0"].concat()).collect()
}

/// A horizontal stroke.
#[must_use]
pub fn across(from: f64, to: f64, y: f64) -> String {
    format!("M{} {}H{}", px(from), px(y), px(to))
}

/// A vertical stroke.
#[must_use]
pub fn down(x: f64, from: f64, to: f64) -> String {
    format!("M{} {}V{}", px(x), px(from), px(to))
}

/// The width that a text takes at this size, roughly; wide letters are not told from narrow ones.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.6
}

/// A variant's mark at a point: ten shapes, so that colour is never all that tells two variants apart. `r` is half its
/// size.
#[must_use]
pub fn mark(colour: u32, x: f64, y: f64, r: f64) -> Markup {
    let is_hollow = matches!(hue(colour), 2 | 6 | 7 | 8 | 9);
    html! { path class=(if is_hollow { "h" } else { "m" }) d=(outline(colour, x, y, r)) {} }
}

/// A variant's mark beside its name in a text or a table; the name itself stands there too, so it is hidden from
/// screen readers. The page must hold [`keys`].
#[must_use]
pub fn key(colour: u32) -> Markup {
    html! { svg class={ "key " (paint(colour)) } aria-hidden="true" { use href={ "#k" (hue(colour)) } {} } }
}

/// The marks that [`key`] shows, once for the page.
#[must_use]
pub fn keys() -> Markup {
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
    polyline(&corners) + "z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short() {
        assert_eq!(polyline(&[(1.0, 2.04), (-0.01, 3.26)]), "M1 2L0 3.3");
        assert_eq!(specks(&[(1.5, 2.0)]), "M1.5 2h0");
    }

    #[test]
    fn ten_variants_have_ten_marks() {
        let marks: std::collections::BTreeSet<_> =
            (0..10).map(|colour| mark(colour, 0.0, 0.0, 3.0).into_string()).collect();
        assert_eq!(marks.len(), 10);
    }
}
