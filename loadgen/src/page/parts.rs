//! What pages are made of.

use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

use super::{Picture, keys, properties};

/// A whole page, complete in itself: no request goes out, whatever it may hold. `style` comes after the styles that all pages
/// have.
#[must_use]
pub fn document(title: &str, style: &str, body: &Markup) -> Markup {
    let style = properties() + include_str!("page.css") + include_str!("picture.css") + style;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                style { (PreEscaped(style)) }
            }
            body { (keys()) (body) }
        }
    }
}

/// A picture with its caption, and the figures that it is drawn from, folded.
#[must_use]
pub fn figure(picture: &Picture, figures: &Markup) -> Markup {
    html! {
        figure {
            figcaption { (picture.title) }
            (picture.render())
            (folded("The figures", &scrolled(&picture.title, figures)))
        }
    }
}

/// Something under a summary, folded.
#[must_use]
pub fn folded(summary: &str, inside: &Markup) -> Markup {
    html! { details { summary { (summary) } (inside) } }
}

/// Something that may be wider than a phone: it scrolls by itself, by keys too.
#[must_use]
pub fn scrolled(name: &str, inside: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(name) { (inside) } }
}

/// A table from its headings and cells; the first cell of a row names it.
#[must_use]
pub fn table(headings: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
    html! {
        table {
            thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
            tbody {
                @for row in rows {
                    tr {
                        @for (index, cell) in row.into_iter().enumerate() {
                            @if index == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

/// A text as it is.
#[must_use]
pub fn text(text: impl Render) -> Markup {
    html! { (text) }
}
