//! Words of the page: no code where a name belongs, the machine whole, no figure without what it is.

use report::{
    analysis::Standing,
    plan::{Metric, Role},
    render,
};
use roxmltree::{Document, Node};

use crate::{
    sample::{analysis, row},
    whole::body,
};

fn words(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn by_id<'a>(document: &'a Document<'a>, id: &str) -> Node<'a, 'a> {
    document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap()
}

#[test]
fn a_cell_of_the_map_is_named_by_its_load() {
    let mut analysis = analysis();
    let cell = analysis.manifest.plan.workload.iter_mut().find(|one| one.name == "w2").unwrap();
    (cell.role, cell.situation, cell.iamat) = (Role::Map, None, 0);
    (cell.connections, cell.places_delay_ms) = (1_000, Some(50.0));
    let page = render::page(&analysis).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let row = words(by_id(&document, "w2.cpu-per-request.herd-tasks.herd-threads"));
    assert!(row.contains("1,000 connections that search, places service takes 50 ms"), "{row}");
    assert!(!row.contains("w2"), "{row}");
    let markdown = render::markdown(&analysis).unwrap();
    assert!(markdown.contains("| 1,000 connections that search, places service takes 50 ms |"), "{markdown}");
}

#[test]
fn a_virtual_machine_is_said_to_be_one() {
    let mut analysis = analysis();
    let told = "virtual machine (KVM; it may share its processors with others), AMD EPYC 7B13";
    for text in [render::page(&analysis).unwrap(), render::markdown(&analysis).unwrap()] {
        assert!(text.contains(told));
    }
    analysis.manifest.machine.hypervisor = None;
    for text in [render::page(&analysis).unwrap(), render::markdown(&analysis).unwrap()] {
        assert!(text.contains("AMD EPYC 7B13") && !text.contains("virtual machine"));
    }
}

#[test]
fn values_that_lie_the_other_way_than_their_ratio_are_explained() {
    let mut analysis = analysis();
    let why = "the values are medians over all blocks";
    assert!(!render::page(&analysis).unwrap().contains(why));
    let id = analysis.answer.situations[0].row.clone();
    let row = analysis.rows.iter_mut().find(|row| row.id == id).unwrap();
    row.values.reverse();
    assert_eq!(render::page(&analysis).unwrap().matches(why).count(), 1);
    assert_eq!(render::markdown(&analysis).unwrap().matches(why).count(), 1);
}

#[test]
fn the_verdict_is_bold_only_where_a_difference_is_shown() {
    let page = render::page(&analysis()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let verdicts = document.descendants().filter(|node| node.attribute("class") == Some("verdict"));
    let (bold, plain): (Vec<_>, Vec<_>) = verdicts.partition(|node| node.has_tag_name("strong"));
    let speaks = |node: &Node<'_, '_>| words(*node).contains("better") || words(*node).contains("ahead");
    assert!(!bold.is_empty() && !plain.is_empty());
    assert!(bold.iter().all(speaks) && !plain.iter().any(speaks));
}

#[test]
fn the_herd_stands_in_tables_that_a_page_can_hold() {
    let page = render::page(&analysis()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let herd = by_id(&document, "herd");
    let tables: Vec<_> = herd.descendants().filter(|node| node.has_tag_name("table")).collect();
    assert_eq!(tables.len(), 2);
    for table in tables {
        for row in table.descendants().filter(|node| node.has_tag_name("tr")) {
            let cells = row.children().filter(Node::is_element).count();
            assert!(cells <= 10, "{cells} columns");
            assert_eq!(cells, table.descendants().filter(|node| node.attribute("scope") == Some("col")).count());
        }
    }
    assert!(words(herd).contains("CPU, Goloman"));
}

#[test]
fn rivals_beside_each_other_have_a_table_of_their_own() {
    let mut analysis = analysis();
    let name = "CPU per request, rivals beside each other and beside tasks";
    assert!(!render::page(&analysis).unwrap().contains(name));
    analysis.rows.push(row("w2", Metric::CpuPerRequest, "node", "herd-tasks", Standing::Exploratory));
    let page = render::page(&analysis).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let tables = document.descendants().filter(|node| node.has_tag_name("table"));
    let tables: Vec<_> = tables.filter(|table| words(*table).starts_with(name)).collect();
    assert_eq!(tables.len(), 1);
    let rows = tables[0].descendants().filter_map(|node| node.attribute("id").filter(|_| node.has_tag_name("tr")));
    assert_eq!(rows.collect::<Vec<_>>(), ["w2.cpu-per-request.node.herd-tasks"]);
    assert!(words(tables[0]).contains("95 %"));
}

#[test]
fn a_latency_beyond_a_delay_says_so_in_every_table() {
    let mut analysis = analysis();
    let race = analysis.manifest.plan.workload.iter_mut().find(|one| one.name == "w2").unwrap();
    (race.iamat, race.whatsat, race.places_delay_ms) = (0, 1, Some(50.0));
    let markdown = render::markdown(&analysis).unwrap();
    let of_w2: Vec<_> = markdown.lines().filter(|line| line.starts_with("| w2 |") && line.contains(" µs")).collect();
    let costs = of_w2.iter().filter(|line| line.matches("beyond the delay of 50 ms").count() == 2);
    assert!(costs.count() >= 3, "p50 and p90 of each server: {of_w2:#?}");
    assert!(!markdown.lines().any(|line| line.starts_with("| w4 |") && line.contains("beyond")));
}
