//! A small comparison that was really run (plan `smoke`), as its directory stands in `tests/recorded`.

use std::{fs, path::Path};

use report::{
    analysis::{Analysis, analyse_contents},
    render,
    results::{RecordError, RunDirectory},
};
use roxmltree::Document;

use crate::whole::body;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded");

pub(crate) fn recorded() -> Analysis {
    let contents = RunDirectory::open(Path::new(DIRECTORY)).unwrap().contents().unwrap();
    assert_eq!(contents.damaged, []);
    analyse_contents(&contents)
}

#[test]
fn a_recorded_run_is_read_and_has_figures() {
    let analysis = recorded();
    assert_eq!(analysis.trust.blocks_planned, analysis.manifest.plan.blocks);
    assert!(analysis.trust.runs_measured > 20, "{}", analysis.trust.line);
    let has_ratio = |workload: &str| analysis.rows.iter().any(|row| row.workload == workload && row.ratio.is_some());
    for workload in &analysis.manifest.plan.workload {
        assert!(analysis.rows.iter().all(|row| row.workload != workload.name) || has_ratio(&workload.name));
    }
}

#[test]
fn the_documents_show_what_was_recorded_and_nothing_else() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pieces = [
        ("README.md", "report/results/2026-11-29-epyc-2/standard", render::Piece::Answer),
        ("report/PERFORMANCE.md", "report/results/2026-11-29-epyc-2/performance", render::Piece::Performance),
    ];
    for (name, directory, piece) in pieces {
        let contents = match RunDirectory::open(&project.join(directory)).unwrap().contents() {
            Ok(contents) => contents,
            // Made by an earlier version, and to be made anew.
            Err(RecordError::Older { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        let document = fs::read_to_string(project.join(name)).unwrap();
        let linked = directory.strip_prefix("report/").filter(|_| name.starts_with("report/")).unwrap_or(directory);
        let text = render::readme_piece(&analyse_contents(&contents), linked, piece).unwrap();
        assert!(
            document.contains(&text),
            "{name} does not show {directory}: `report render` with --readme fills it in"
        );
    }
}

#[test]
fn every_raw_file_that_the_page_links_is_there() {
    let page = render::page(&recorded()).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let links = document.descendants().filter_map(|node| node.attribute("href"));
    let raw: Vec<_> = links.filter(|link| link.contains("jsonl#L")).collect();
    assert!(raw.len() > 20, "{raw:?}");
    for link in raw {
        let (file, line) = link.split_once("#L").unwrap();
        let text = fs::read_to_string(Path::new(DIRECTORY).join(file)).unwrap();
        let record = text.lines().nth(line.parse::<usize>().unwrap() - 1);
        assert!(record.is_some_and(|record| record.starts_with("{\"format\":\"herd-")), "{link} is not there");
    }
}
