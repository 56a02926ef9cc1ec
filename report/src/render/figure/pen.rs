use maud::{Markup, Render, html};

use crate::render::palette::hue;

/// A length in a picture, written with one decimal at most.
#[derive(Clone, Copy)]
pub(crate) struct Px(pub(crate) f64);

impl Render for Px {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&px(self.0));
    }
}

/// A whole picture with its name and, for those who do not see it, what it shows.
pub(crate) struct Picture {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) body: Markup,
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
pub(crate) fn paint(colour: u32) -> String {
    format!("v{}", hue(colour))
}

/// A number of a path: at most one decimal, and no more characters than needed.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A path through these points.
pub(crate) fn polyline(points: &[(f64, f64)]) -> String {
    let corners: Vec<_> = points.iter().map(|(x, y)| px(*x) + " " + &px(*y)).collect();
    if corners.is_empty() { String::new() } else { "M".to_owned() + &corners.join("L") }
}

/// A path of points alone: strokes without length, which round caps turn into dots.
pub(crate) fn specks(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| ["M", &px(*x), " ", &px(*y), "h0"].concat()).collect()
}

/// A horizontal stroke.
pub(crate) fn across(from: f64, to: f64, y: f64) -> String {
    format!("M{} {}H{}", px(from), px(y), px(to))
}

/// A vertical stroke.
pub(crate) fn down(x: f64, from: f64, to: f64) -> String {
    format!("M{} {}V{}", px(x), px(from), px(to))
}

/// The width that a text takes at this size, roughly; wide letters are not told from narrow ones.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short() {
        assert_eq!(polyline(&[(1.0, 2.04), (-0.01, 3.26)]), "M1 2L0 3.3");
        assert_eq!(specks(&[(1.5, 2.0)]), "M1.5 2h0");
    }
}
