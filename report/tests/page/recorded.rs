//! A small comparison that was really run (plan `smoke`), as its directory stands in `tests/recorded`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use report::{
    analyse_recording,
    analysis::{Analysis, Answer, analyse_contents},
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
        ("README.md", "report/results/2026-12-01-epyc-2/quick", render::Piece::Answer),
        ("report/PERFORMANCE.md", "report/results/2026-11-29-epyc-2/performance", render::Piece::Performance),
    ];
    for (name, directory, piece) in pieces {
        let analysis = match analyse_recording(&project.join(directory)) {
            Ok((analysis, _)) => analysis,
            // The plan `performance` was recorded by an earlier version, and is to be recorded anew.
            Err(RecordError::Older { .. }) if piece == render::Piece::Performance => continue,
            Err(error) => panic!("{error}"),
        };
        let document = fs::read_to_string(project.join(name)).unwrap();
        let linked = directory.strip_prefix("report/").filter(|_| name.starts_with("report/")).unwrap_or(directory);
        let text = render::readme_piece(&analysis, linked, piece).unwrap();
        assert!(
            document.contains(&text),
            "{name} does not show {directory}: `report render` with --readme fills it in"
        );
    }
}

#[test]
fn no_sentence_of_the_answer_is_longer_than_25_words() {
    let answer = recorded().answer;
    assert!(answer.lines.len() > 3, "{answer:?}");
    for text in answer.texts() {
        for sentence in text.split(". ").flat_map(|one| one.split("; ")) {
            let words = sentence.split_whitespace().count();
            assert!(words <= 25, "{words} words: {sentence}");
        }
    }
}

/// A copy of the recorded comparison in a folder of its plan's name, as another plan may have made it.
fn copied(recording: &Path, plan: &str, connections: &str) -> PathBuf {
    let to = recording.join(plan);
    for entry in walk(Path::new(DIRECTORY)) {
        let path = to.join(entry.strip_prefix(DIRECTORY).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&entry, path).unwrap();
    }
    let manifest = fs::read_to_string(to.join("manifest.json")).unwrap();
    let manifest = manifest.replace("\"name\": \"fixture\"", &format!("\"name\": \"{plan}\""));
    fs::write(to.join("manifest.json"), manifest.replacen("\"connections\": 50", connections, 1)).unwrap();
    to
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = directory.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn the_answer_takes_in_what_the_other_plans_of_a_recording_decide() {
    let recording = tempfile::tempdir().unwrap();
    let one = copied(recording.path(), "fixture", "\"connections\": 50");
    let alone = analyse_recording(&one).unwrap().0.answer;
    copied(recording.path(), "other", "\"connections\": 60");
    let both = analyse_recording(&one).unwrap().0.answer;
    let about = |answer: &Answer, what: &str| answer.lines.iter().filter(|line| line.text.contains(what)).count();
    assert_eq!((about(&alone, "60 connections"), about(&both, "60 connections")), (0, 1), "{both:?}");
    assert_eq!(about(&both, "How sure"), 1);
    assert_eq!(both.lines.len(), alone.lines.len() + 1, "what both decide is told once");
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
