//! The files of a report, and the piece of a README.

use std::fs;

use report::{
    analysis::{Analysis, Standing},
    render,
};

use crate::{odd::odd, sample::analysis};

#[test]
fn a_directory_gets_whole_files_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let rendered = render::render(&analysis(), directory.path()).unwrap();
    let mut names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["answer.svg", "index.html", "report.json", "report.md"]);
    let first = fs::read(&rendered.page).unwrap();
    render::render(&analysis(), directory.path()).unwrap();
    assert_eq!(first, fs::read(&rendered.page).unwrap(), "byte for byte");
}

#[test]
fn the_json_is_the_analysis() {
    let directory = tempfile::tempdir().unwrap();
    for one in [analysis(), odd()] {
        let rendered = render::render(&one, directory.path()).unwrap();
        let read: Analysis = serde_json::from_slice(&fs::read(rendered.json).unwrap()).unwrap();
        assert!(read == one, "report.json reads back to another analysis");
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    assert!(render::render(&analysis(), &directory.path().join("none")).is_err());
}

#[test]
fn the_answers_picture_stands_alone() {
    for one in [analysis(), odd()] {
        let svg = render::answer_svg(&one).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
        assert!(!svg.contains("href"), "GitHub shows no picture that loads others");
        assert!(svg.contains("a connection for every") || one == odd());
    }
}

#[test]
fn a_readme_shows_the_answer() {
    let analysis = analysis();
    let piece = render::readme_piece(&analysis, "results/standard", render::Piece::Answer).unwrap();
    for text in analysis.answer.texts() {
        assert!(piece.contains(text), "{piece}");
    }
    assert!(piece.contains("results/standard/answer.svg"));
    let readme = "# herd\n<!-- answer:begin -->\nold\n<!-- answer:end -->\nrest\n";
    let filled = render::fill(readme, &piece, render::Piece::Answer).unwrap();
    assert!(
        filled.starts_with("# herd\n<!-- answer:begin -->\n[![") && filled.ends_with("<!-- answer:end -->\nrest\n")
    );
    assert_eq!(render::fill(&filled, &piece, render::Piece::Answer).unwrap(), filled, "again and again");
}

#[test]
fn a_readme_shows_the_performance() {
    let analysis = analysis();
    let piece = render::readme_piece(&analysis, "results/performance", render::Piece::Performance).unwrap();
    for row in analysis.rows.iter().filter(|row| row.standing == Standing::Primary) {
        let about = &analysis.manifest.plan.workload.iter().find(|one| one.name == row.workload).unwrap().about;
        let begin = format!("| {about} | tasks / threads | ");
        let lines: Vec<_> = piece.lines().filter(|line| line.starts_with(&begin)).collect();
        assert_eq!(lines.len(), 1, "both metrics stand in one line: {piece}");
        assert!(lines[0].ends_with(" | 1.8 µs \\[0.7, 2.8\\] |"), "{}", lines[0]);
    }
    for part in ["Memory per idle connection", "results/performance/report.md", "<!-- performance:begin -->"] {
        assert!(piece.contains(part), "{piece}");
    }
    assert!(!piece.contains("](blocks/"), "a README links no file below the run directory: {piece}");
}

#[test]
fn the_markdown_has_the_answer_the_verdicts_and_their_files() {
    let markdown = render::markdown(&analysis()).unwrap();
    for part in [
        "# Threads or async?",
        "## The answer",
        "| w2 | throughput | tasks / threads |",
        "### Primary",
        "### A/A controls",
        "(runs/w2/herd-tasks.jsonl#L10)",
        "## Costs",
    ] {
        assert!(markdown.contains(part), "{part} is missing");
    }
}
