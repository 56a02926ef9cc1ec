use maud::{Markup, Render, html};

use super::{
    svg::{Picture, key},
    text::{raw_address, shortened},
    view::View,
};
use crate::{analysis::Estimate, format::Unit};

/// A picture with its caption, and the figures that it is drawn from, folded.
pub(crate) fn figure(picture: &Picture, figures: &Markup) -> Markup {
    html! {
        figure {
            figcaption { (picture.title) }
            (picture.render())
            (folded("The figures", &scrolled(&picture.title, figures)))
        }
    }
}

/// Something under a summary, folded.
pub(crate) fn folded(summary: &str, inside: &Markup) -> Markup {
    html! { details { summary { (summary) } (inside) } }
}

/// Something that may be wider than a phone: it scrolls by itself, by keys too.
pub(crate) fn scrolled(name: &str, inside: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(name) { (inside) } }
}

/// A table from its headings and cells; the first cell of a row names it.
pub(crate) fn table(headings: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
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
pub(crate) fn text(text: impl Render) -> Markup {
    html! { (text) }
}

/// A variant's mark and short name.
pub(crate) fn variant(view: View<'_>, name: &str) -> Markup {
    html! { span.name { (key(view.colour(name))) " " (view.label(name)) } }
}

/// Links to raw records, each named by its line.
pub(crate) fn raw(sources: &[String]) -> Markup {
    html! {
        span.raw {
            @for (index, source) in sources.iter().enumerate() {
                @if index > 0 { " " }
                (raw_link(source, &line_of(source).map_or_else(|| (index + 1).to_string(), |line| line.to_string())))
            }
        }
    }
}

/// A link to a raw file; plain text where its path is not one below the page.
pub(crate) fn raw_link(source: &str, name: &str) -> Markup {
    html! {
        @match raw_address(source) {
            Some(address) => a href=(address) { (name) },
            None => span { (shortened(source, 80)) },
        }
    }
}

/// An estimate with its interval, or why there is none.
pub(crate) fn value(estimate: Option<&Estimate>, unit: Unit, why: &str) -> Markup {
    html! {
        @match estimate {
            Some(estimate) => {
                span.num { (estimate.value(unit)) }
                @if let Some(interval) = estimate.ends(unit) { " " span.num.ends { (interval) } }
            },
            None => span.soft { @if why.is_empty() { "–" } @else { (shortened(why, 160)) } },
        }
    }
}

/// What a section says that has no figures.
pub(crate) fn not_measured(what: &str, plans: &str) -> Markup {
    html! { p.soft { (what) " is not part of this plan; " (plans) } }
}

/// The line of `runs/WORKLOAD/VARIANT.jsonl#LNNN`.
fn line_of(source: &str) -> Option<u32> {
    source.rsplit_once("#L")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_records_are_named_by_their_line() {
        let sources = ["runs/w1/a.jsonl#L7", "runs/w1/a.jsonl#L10"].map(str::to_owned);
        let expected = r##"<a href="runs/w1/a.jsonl#L7">7</a> <a href="runs/w1/a.jsonl#L10">10</a>"##;
        assert_eq!(raw(&sources).into_string(), format!(r#"<span class="raw">{expected}</span>"#));
    }

    #[test]
    fn a_source_that_is_no_path_is_text() {
        let hostile = ["javascript:alert('<b>')".to_owned()];
        let html = raw(&hostile).into_string();
        assert!(!html.contains("href") && html.contains("&lt;b&gt;"), "{html}");
    }
}
