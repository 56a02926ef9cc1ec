//! The page read by a parser: well-formed, complete in itself, and no text of a file is markup.

use std::collections::BTreeSet;

use report::{analysis::Analysis, render};
use roxmltree::Document;

use crate::{
    odd::{HOSTILE, empty, large, odd, one_block},
    recorded::recorded,
    sample::analysis,
};

/// What a page may be at most, bytes.
const LARGEST: usize = 3_000_000;

pub(crate) fn all() -> [(&'static str, Analysis); 5] {
    [("full", analysis()), ("odd", odd()), ("empty", empty()), ("one block", one_block()), ("recorded", recorded())]
}

/// The body as XML: it holds no void elements and no named entities, so a strict parser can read it.
pub(crate) fn body(page: &str) -> &str {
    let from = page.find("<body").unwrap();
    let to = page.rfind("</body>").unwrap() + "</body>".len();
    &page[from..to]
}

#[test]
fn every_page_is_well_formed_and_every_id_is_there_once() {
    for (name, analysis) in all() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut ids = BTreeSet::new();
        for id in document.descendants().filter_map(|node| node.attribute("id")) {
            assert!(ids.insert(id), "{name}: {id} is there twice");
        }
    }
}

#[test]
fn every_link_within_the_page_leads_somewhere() {
    for (name, analysis) in all() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        let ids: BTreeSet<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        let links = document.descendants().filter_map(|node| node.attribute("href"));
        for target in links.filter_map(|link| link.strip_prefix('#')) {
            assert!(ids.contains(target), "{name}: #{target} leads nowhere");
        }
    }
}

#[test]
fn nothing_is_loaded_and_links_stay_beside_the_page() {
    for (name, analysis) in all() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let tag = node.tag_name().name();
            assert!(!["script", "img", "iframe", "link", "object", "embed"].contains(&tag), "{name} has a {tag}");
            for attribute in node.attributes() {
                let (key, value) = (attribute.name(), attribute.value());
                assert!(!key.starts_with("on") && key != "src" && key != "style", "{name}: {key}={value}");
                let is_local = !value.contains(':') && !value.starts_with('/') && !value.contains("..");
                assert!(key != "href" || is_local, "{name} links to {value}");
            }
        }
        let head = &page[..page.find("<body").unwrap()];
        assert!(!head.contains("url(") && !head.contains("@import") && !head.contains("http:"), "{name}");
    }
}

#[test]
fn hostile_texts_are_shown_as_they_are() {
    let analysis = odd();
    let page = render::page(&analysis).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let text: String = document.descendants().filter_map(|node| node.text()).collect();
    assert!(text.contains(HOSTILE), "the text itself must be readable");
    assert!(!page.contains('\u{202e}'), "text must not be turned around");
    let markdown = render::markdown(&analysis).unwrap();
    assert!(!markdown.contains("<script") && !markdown.contains("<img"));
    let svg = render::answer_svg(&analysis).unwrap();
    assert!(!svg.contains("<script") && !svg.contains("<img"));
}

#[test]
fn every_picture_has_a_name_and_a_description() {
    for (name, analysis) in all() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        for svg in document.descendants().filter(|node| node.has_tag_name("svg")) {
            let child = |tag| svg.children().any(|child| child.has_tag_name(tag) && child.text().is_some());
            let is_named = svg.attribute("role") == Some("img") && child("title") && child("desc");
            assert!(is_named || svg.attribute("aria-hidden") == Some("true"), "{name}: {svg:?}");
        }
    }
}

#[test]
fn a_table_stands_behind_every_figure() {
    let page = render::page(&analysis()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let figures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("figure")).collect();
    assert!(figures.len() > 30);
    for figure in figures {
        let details = figure.descendants().find(|node| node.has_tag_name("details")).unwrap();
        assert!(details.descendants().any(|node| node.has_tag_name("td")), "{figure:?}");
    }
}

#[test]
fn headings_are_in_order() {
    for (name, analysis) in all() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        let levels: Vec<_> = document.descendants().filter_map(|node| level(node.tag_name().name())).collect();
        assert_eq!(levels[0], 1);
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    }
}

fn level(tag: &str) -> Option<u32> {
    tag.strip_prefix('h')?.parse().ok()
}

#[test]
fn sections_of_what_the_plan_lacks_are_left_out() {
    let page = render::page(&empty()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let has = |id: &str| document.descendants().any(|node| node.attribute("id") == Some(id));
    for id in ["verdicts", "latency", "percentiles"] {
        assert!(!has(id), "{id}");
    }
    assert!(has("answer") && has("trust") && has("appendix"));
    assert!(!page.contains("is not part of this plan"), "nothing is announced that is not there");
}

#[test]
fn no_picture_is_empty() {
    for (name, analysis) in all() {
        let page = render::page(&analysis).unwrap();
        let document = Document::parse(body(&page)).unwrap();
        let pictures = document.descendants().filter(|node| node.attribute("role") == Some("img"));
        for picture in pictures {
            assert!(
                shows_a_value(picture),
                "{name}: {:?}",
                picture.first_element_child().and_then(|title| title.text())
            );
        }
    }
}

/// Whether a picture draws more than its axes: a mark, a line of two points at least, an interval, a cell, or why there is none.
fn shows_a_value(picture: roxmltree::Node<'_, '_>) -> bool {
    picture.descendants().any(|node| {
        let drawn = node.attribute("d").unwrap_or_default();
        match node.attribute("class") {
            Some("m" | "h" | "n" | "f" | "cell" | "w" | "void" | "s") => true,
            Some("i" | "d") => !drawn.is_empty(),
            Some("l" | "p" | "o") => drawn.contains('L') || drawn.contains('V'),
            _ => node.attribute("fill").is_some() || (node.has_tag_name("text") && node.attribute("x") == Some("104")),
        }
    })
}

#[test]
fn the_largest_page_is_small_and_the_same_again() {
    let analysis = large();
    let page = render::page(&analysis).unwrap();
    assert!(page.len() < LARGEST, "{} bytes", page.len());
    assert_eq!(page, render::page(&analysis).unwrap());
    assert!(!page.contains("NaN") && !page.contains("Infinity"));
}

#[test]
fn rows_say_what_their_figures_are_from() {
    let page = render::page(&analysis()).unwrap();
    assert!(page.contains(r#"<a href="runs/w2/herd-tasks.jsonl#L10">10</a>"#));
}

#[test]
fn void_rows_are_struck_through() {
    let page = render::page(&odd()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let struck = document.descendants().filter(|node| node.has_tag_name("s"));
    assert!(struck.count() > 2);
    assert!(page.contains("void: the A/A control differs by 1.09x"));
}

#[test]
fn the_names_above_a_picture_say_on_which_side_who_is_better() {
    let page = render::page(&analysis()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let sides = |id: &str| {
        let row = document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
        let names = row.descendants().filter(|node| node.has_tag_name("text") && node.attribute("class") == Some("s"));
        names.map(|name| name.children().filter_map(|node| node.text()).collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(sides("w4.throughput.herd-tasks.herd-threads")[1], "tasks ▸", "more throughput is better");
    assert_eq!(sides("w4.cpu-per-request.herd-tasks.herd-threads")[0], "◂ tasks", "less CPU is better");
}

#[test]
fn a_mark_has_the_colour_of_the_variant_that_the_verdict_speaks_for() {
    let page = render::page(&analysis()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let colour = |id: &str| {
        let row = document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
        let mark = row.descendants().filter(|node| node.has_tag_name("g")).find_map(|node| node.attribute("class"));
        mark.unwrap().to_owned()
    };
    assert_eq!(colour("w4.throughput.herd-tasks.herd-threads"), "v1", "tasks are better");
    assert_eq!(colour("w1-closed.throughput.node.herd-threads"), "v0", "threads are better");
    assert_eq!(colour("w2.cpu-per-request.herd-tasks.herd-threads"), "vn", "neither is");
}

#[test]
fn the_machines_own_stalls_stand_beside_the_tail() {
    let mut analysis = analysis();
    let page = render::page(&analysis).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let latency = document.descendants().find(|node| node.attribute("id") == Some("latency")).unwrap();
    assert!(latency.descendants().any(|node| node.attribute("id") == Some("chart-stalls")));
    let named =
        document.descendants().filter(|node| node.has_tag_name("text") && node.text() == Some("the machine alone"));
    let workloads: BTreeSet<_> = analysis.appendix.percentiles.iter().map(|curve| &curve.workload).collect();
    assert_eq!(named.count(), 1 + workloads.len(), "once by itself, and behind each curve of percentiles");
    // A result of before the lengths were kept has no curve, and says the rest all the same.
    analysis.trust.stalls.as_mut().unwrap().steps.clear();
    let page = render::page(&analysis).unwrap();
    assert!(!page.contains("chart-stalls") && page.contains("the machine's longest stall"));
}
