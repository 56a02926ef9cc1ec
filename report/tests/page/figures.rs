//! A figure reads the same wherever it stands: in sentences, tables and pictures.

use std::collections::BTreeSet;

use report::{
    analysis::{Analysis, Interval, Row},
    format::Quantity,
    render,
};
use roxmltree::{Document, Node};

use crate::{recorded::recorded, whole::body};

fn measured() -> [Analysis; 1] {
    [recorded()]
}

/// The ratios with their intervals that a text holds, such as `1.80x [1.70, 1.90]`.
fn ratios(text: &str) -> BTreeSet<String> {
    let text = text.replace('\\', "");
    let found = text.match_indices("x [").filter_map(|(at, _)| {
        let head = &text[..at];
        let from = head.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',').len();
        let to = at + text[at..].find(']')? + 1;
        (from < at).then(|| text[from..to].to_owned())
    });
    found.collect()
}

/// What may be said of a row: its ratio, and that of the other over the one.
fn figures_of(row: &Row) -> Vec<String> {
    let mirrored = |ratio: f64| {
        let ends = row.interval.map(Interval::ends).map(|[low, high]| [high.recip(), low.recip()]);
        Quantity::Ratio.figure(ratio.recip(), ends)
    };
    row.ratio.into_iter().flat_map(|ratio| [row.figure(), mirrored(ratio)]).collect()
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_ratio_reads_the_same_in_words_tables_and_pictures() {
    let mut seen = 0;
    for analysis in measured() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        let sections = ["answer", "trust", "verdicts", "rivals"]
            .map(|id| text_of(document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap()));
        let others = [render::markdown(&analysis).unwrap(), render::answer_svg(&analysis).unwrap()];
        let pieces = [render::Piece::Answer, render::Piece::Performance]
            .map(|piece| render::readme_piece(&analysis, "results", piece).unwrap());
        let known: BTreeSet<String> = analysis.rows.iter().flat_map(figures_of).collect();
        for text in sections.iter().chain(&others).chain(&pieces) {
            for figure in ratios(text) {
                assert!(known.contains(&figure), "{figure} is written otherwise elsewhere");
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "only {seen} figures were found");
}

#[test]
fn a_row_of_the_page_says_its_ratio_in_one_way() {
    let mut seen = 0;
    for analysis in measured() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        for row in analysis.rows.iter().filter(|row| row.ratio.is_some() && row.interval.is_some()) {
            let Some(node) = document.descendants().find(|node| node.attribute("id") == Some(&row.id)) else {
                continue;
            };
            let (found, may_be) = (ratios(&text_of(node)), figures_of(row));
            assert!(found.contains(&may_be[0]), "{}: {found:?}", row.id);
            assert!(found.iter().all(|figure| may_be.contains(figure)), "{}: {found:?}, not {may_be:?}", row.id);
            seen += 1;
        }
    }
    assert!(seen > 15, "only {seen} rows were found");
}

#[test]
fn a_value_in_a_picture_stands_in_the_table_behind_it() {
    let mut seen = 0;
    for analysis in measured() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        for figure in document.descendants().filter(|node| node.has_tag_name("figure")) {
            let is = |node: &Node<'_, '_>, tag: &str, class: &str| {
                node.has_tag_name(tag) && node.attribute("class") == Some(class)
            };
            let values = |tag, class| figure.descendants().filter(move |node| is(node, tag, class)).map(text_of);
            let told: BTreeSet<String> = values("span", "num").collect();
            for drawn in values("text", "f") {
                assert!(told.contains(&drawn), "{drawn} is drawn, and not told in {told:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 25, "only {seen} values were found");
}
