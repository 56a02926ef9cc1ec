//! The page read by a parser: well-formed, complete in itself, and no text of a result is markup.

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Serializer, V2DeflateSerializer},
};
use loadgen::{
    result::{EXAMPLE_RUN, PaceName, Quantile, RunResult, parse},
    show::{NamedRun, page},
};
use roxmltree::Document;

pub(crate) const HOSTILE: &str = "</p><script>alert(1)</script>\u{202e}";

pub(crate) fn run(name: &str) -> NamedRun {
    NamedRun { name: name.to_owned(), result: parse(EXAMPLE_RUN.as_bytes()).unwrap() }
}

fn changed(name: &str, change: impl Fn(&mut RunResult)) -> NamedRun {
    let mut run = run(name);
    change(&mut run.result);
    run
}

/// A closed loop in which everything failed.
fn failed() -> NamedRun {
    changed("failed", |result| {
        result.plan.pace = PaceName::Closed;
        result.plan.rate_per_s = None;
        result.completed = 0;
        result.faults.wrong = result.requests;
        result.latency.from_intended.hdr.clear();
        result.latency.from_intended.max = Quantile::AtLeast(5e6);
        result.seconds.clear();
        result.slowest.clear();
        result.kept_replies = vec![HOSTILE.to_owned()];
        "GENERATOR-LIMITED: its threads were busy".clone_into(&mut result.verdict.line);
    })
}

/// Pages of every kind by name.
pub(crate) fn all() -> [(&'static str, String); 4] {
    let ten: Vec<_> = (0..10).map(|at| run(&format!("a run of a long name, {at}"))).collect();
    [
        ("one", page(&[run("run")]).unwrap()),
        ("two", page(&[run("before"), failed()]).unwrap()),
        ("failed", page(&[failed()]).unwrap()),
        ("ten", page(&ten).unwrap()),
    ]
}

fn body(page: &str) -> &str {
    &page[page.find("<body").unwrap()..page.rfind("</html>").unwrap()]
}

fn text(page: &str) -> String {
    let document = Document::parse(body(page)).unwrap();
    document
        .descendants()
        .filter_map(|node| node.is_text().then(|| node.text()).flatten())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_page_is_well_formed_and_loads_nothing() {
    for (name, page) in all() {
        let document = Document::parse(body(&page)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let tag = node.tag_name().name();
            assert!(!["script", "img", "iframe", "link", "object", "embed"].contains(&tag), "{name} has a {tag}");
            assert!(
                node.attributes().all(|one| !one.name().starts_with("on") && one.name() != "src"),
                "{name}: {node:?}"
            );
        }
        assert!(!page.contains("NaN") && !page.contains("inf\""), "{name}");
    }
}

#[test]
fn a_run_tells_its_verdict_figures_and_what_was_asked() {
    let text = text(&page(&[run("run")]).unwrap());
    for part in
        ["generator ok", "274 requests were due in 1.5 s", "no request failed", "183/s", "296 µs", "Poisson arrivals"]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(
        text.contains("from its sending")
            && text.contains("Latency by percentile")
            && text.contains("Replies by second")
    );
}

#[test]
fn a_histogram_of_any_length_is_drawn() {
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let power = random.u32(3..10);
        histogram.record(random.u64(1..10_u64.pow(power))).unwrap();
    }
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&histogram, &mut bytes).unwrap();
    let page = page(&[changed("long", |result| {
        let latency = &mut result.latency.from_intended;
        latency.answered = histogram.len();
        latency.hdr = STANDARD.encode(&bytes);
        assert!(latency.hdr.len() > 1_500, "longer than what people read may be");
    })])
    .unwrap();
    assert!(page.contains("Latency by percentile") && page.contains("from its sending"));
    let document = Document::parse(body(&page)).unwrap();
    let lines = document.descendants().filter(|node| node.has_tag_name("path") && node.attribute("class") == Some("l"));
    assert_eq!(lines.count(), 6, "two in each picture");
}

#[test]
fn what_differs_between_runs_is_bold_and_what_does_not_is_not() {
    let page = page(&[run("a"), changed("b", |result| result.plan.connections = 7)]).unwrap();
    let document = Document::parse(body(&page)).unwrap();
    let asked = document.descendants().find(|node| node.attribute("id") == Some("asked")).unwrap();
    let bold: Vec<_> =
        asked.descendants().filter(|node| node.has_tag_name("strong")).filter_map(|node| node.text()).collect();
    assert_eq!(bold, ["50", "7"]);
}

#[test]
fn loops_of_two_kinds_are_not_to_be_compared() {
    let both = text(&page(&[run("open"), failed()]).unwrap());
    assert!(both.contains("do not compare their latencies"), "{both}");
    assert!(!text(&page(&[run("open"), run("again")]).unwrap()).contains("do not compare"));
}

#[test]
fn a_failed_run_says_so_and_its_texts_are_text() {
    let page = page(&[failed()]).unwrap();
    assert!(!page.contains("<script") && !page.contains('\u{202e}'));
    let text = text(&page);
    for part in ["GENERATOR-LIMITED", "failed requests: 274 wrong", "≥ 5.00 s", "</p><script>"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
