//! Tables, with what stands in them, for the page and for Markdown; and what else the sections of a page are made of.

use loadgen::page::key;
pub(crate) use loadgen::page::{figure, folded, scrolled, table, text};
use maud::{Markup, html};

use super::{
    text::{escaped, raw_address, shortened},
    view::View,
};
use crate::{analysis::Estimate, format::Unit};

/// A table that the page and the Markdown have in common.
pub(crate) struct Table<'a> {
    pub(crate) columns: Vec<Column>,
    /// The first cell of a row names it.
    pub(crate) rows: Vec<Vec<Cell<'a>>>,
}

/// A column: what stands over it on the page, and in Markdown, where fewer columns have room.
pub(crate) struct Column {
    page: String,
    markdown: Option<String>,
}

/// What stands in a cell.
pub(crate) enum Cell<'a> {
    /// A text as it is.
    Text(String),
    /// A text that others on the page refer to by this id.
    Anchor(String, &'a str),
    /// A number without an interval.
    Number(String),
    /// A variant: its name, with its mark on the page.
    Variant(&'a str),
    /// A value with its interval; or why there is none.
    Estimate(Option<&'a Estimate>, Unit, &'a str),
    /// Links to raw files.
    Raw(Vec<&'a String>),
    /// One after the other.
    Several(Vec<Self>),
}

impl Column {
    /// With the same heading everywhere.
    pub(crate) fn new(heading: &str) -> Self {
        Self::named(heading, heading)
    }

    /// With a heading of its own in Markdown.
    pub(crate) fn named(page: &str, markdown: &str) -> Self {
        Self { page: page.to_owned(), markdown: Some(markdown.to_owned()) }
    }

    /// On the page alone.
    pub(crate) fn of_page(heading: &str) -> Self {
        Self { page: heading.to_owned(), markdown: None }
    }
}

impl Table<'_> {
    /// As HTML.
    pub(crate) fn html(&self, view: View<'_>) -> Markup {
        let headings: Vec<&str> = self.columns.iter().map(|column| column.page.as_str()).collect();
        table(&headings, self.rows.iter().map(|row| row.iter().map(|cell| cell.html(view)).collect()).collect())
    }

    /// As Markdown.
    pub(crate) fn markdown(&self, view: View<'_>) -> String {
        let headings: Vec<String> =
            self.columns.iter().filter_map(|column| column.markdown.as_deref()).map(escaped).collect();
        let row = |row: &Vec<Cell<'_>>| {
            let shown = self.columns.iter().zip(row).filter(|(column, _)| column.markdown.is_some());
            shown.map(|(_, cell)| cell.markdown(view)).collect()
        };
        markdown_table(&headings, self.rows.iter().map(row))
    }
}

impl Cell<'_> {
    fn html(&self, view: View<'_>) -> Markup {
        match self {
            Self::Text(text) => html! { (text) },
            Self::Anchor(id, text) => html! { span id=(id) { (text) } },
            Self::Number(number) => html! { span.num { (number) } },
            Self::Variant(name) => variant(view, name),
            Self::Estimate(estimate, unit, why) => value(*estimate, *unit, why),
            Self::Raw(sources) => raw(sources.iter().copied()),
            Self::Several(cells) => html! { @for cell in cells { (cell.html(view)) } },
        }
    }

    fn markdown(&self, view: View<'_>) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => escaped(text),
            Self::Anchor(_, text) => escaped(text),
            Self::Variant(name) => escaped(&view.name(name)),
            Self::Estimate(Some(estimate), unit, _) => escaped(&estimate.figure(*unit)),
            Self::Estimate(None, _, "") => "–".to_owned(),
            Self::Estimate(None, _, why) => escaped(why),
            Self::Raw(sources) => numbered(sources.iter().copied()),
            Self::Several(cells) => cells.iter().map(|cell| cell.markdown(view)).collect(),
        }
    }
}

/// A table in Markdown from its headings and cells, which are written already.
pub(crate) fn markdown_table(heads: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_owned(); heads.len()];
    line(heads) + &line(&rule) + &rows.map(|row| line(&row)).collect::<String>()
}

/// Links to raw files in Markdown, numbered.
pub(crate) fn numbered<'a>(sources: impl Iterator<Item = &'a String>) -> String {
    let links = sources.enumerate().map(|(index, source)| {
        raw_address(source).map_or_else(|| escaped(&shortened(source, 80)), |path| format!("[{}]({path})", index + 1))
    });
    links.collect::<Vec<_>>().join(" ")
}

/// A variant's mark and short name.
pub(crate) fn variant(view: View<'_>, name: &str) -> Markup {
    html! { span.name { (key(view.colour(name))) " " (view.label(name)) } }
}

/// Links to raw records, each named by its line.
pub(crate) fn raw<'a>(sources: impl IntoIterator<Item = &'a String>) -> Markup {
    html! {
        span.raw {
            @for (index, source) in sources.into_iter().enumerate() {
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
        let expected = r#"<a href="runs/w1/a.jsonl#L7">7</a> <a href="runs/w1/a.jsonl#L10">10</a>"#;
        assert_eq!(raw(&sources).into_string(), format!(r#"<span class="raw">{expected}</span>"#));
    }

    #[test]
    fn a_source_that_is_no_path_is_text() {
        let hostile = ["javascript:alert('<b>')".to_owned()];
        let html = raw(&hostile).into_string();
        assert!(!html.contains("href") && html.contains("&lt;b&gt;"), "{html}");
    }
}
