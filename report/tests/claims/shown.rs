//! The claims on the page, in Markdown, in a README and in a terminal.

use std::process::Command;

use report::{claims::table, render};

use crate::recording::{analysis, recording};

const ALL: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

#[test]
fn the_page_has_a_chapter_with_one_table_both_discussions_and_each_claim() {
    let (_dir, analysis) = analysis(&ALL);
    let page = render::page(&analysis).unwrap();
    for expected in [
        "id=\"claims\"",
        "asyncio against Java",
        "asyncio against Node.js",
        "Null hypothesis: ",
        "What would change the verdict: ",
        "The strongest objection: ",
        "href=\"experiments/kernels.jsonl#L1\"",
        "github.com/jimblandy/context-switch",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    assert_eq!(page, render::page(&analysis).unwrap());
    for claim in &analysis.claims {
        assert!(page.contains(&claim.claim.replace('"', "&quot;")), "{}", claim.claim);
    }
}

#[test]
fn a_plan_without_claims_has_no_chapter() {
    let (_dir, analysis) = analysis(&[]);
    assert!(!render::page(&analysis).unwrap().contains("id=\"claims\""));
    assert!(!render::markdown(&analysis).unwrap().contains("original report"));
}

#[test]
fn a_readme_shows_the_table() {
    let (_dir, analysis) = analysis(&ALL);
    let piece = render::readme_piece(&analysis, "results/claims", render::Piece::Claims).unwrap();
    assert!(piece.starts_with("<!-- claims:begin -->\n| ") && piece.ends_with("<!-- claims:end -->"), "{piece}");
    assert_eq!(piece.lines().filter(|line| line.starts_with("| ")).count(), 2 + ALL.len());
    assert!(piece.contains("| **supported** |") && piece.contains("| **not testable here** |"), "{piece}");
    assert!(render::markdown(&analysis).unwrap().contains("## The claims of the original report"));
}

#[test]
fn a_terminal_shows_number_verdict_claim_and_figure() {
    let (_dir, analysis) = analysis(&[8]);
    let plain = table(&analysis.claims, false);
    assert!(plain.starts_with("  8  supported          Java's threads are more efficient"), "{plain}");
    assert!(plain.lines().all(|line| line.chars().count() <= 112), "{plain}");
    assert!(!plain.contains('\u{1b}') && table(&analysis.claims, true).contains("\u{1b}[32msupported"));
}

fn claims(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_report")).arg("claims").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_prints_a_table_or_a_document() {
    let (_dir, root) = recording(&[5, 8]);
    let root = root.to_str().unwrap();
    let (code, out, err) = claims(&[root]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("  8  supported") && out.contains("\nasyncio against Java\n- Threads: "), "{out}");
    assert!(!out.contains('\u{1b}'), "what is piped has no colours");
    let (_, out, _) = claims(&["--json", root]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["format"], "herd-claims/1");
    assert_eq!(document["claims"][1]["verdict"], "supported");
}

#[test]
fn a_directory_without_claims_says_how_to_get_one() {
    let (_dir, root) = recording(&[]);
    let (code, _, err) = claims(&[root.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(err.contains("tests no claims: measure with `cargo compare --plan claims`"), "{err}");
}
