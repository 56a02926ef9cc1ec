//! What a run directory says of claims: the small recorded comparison, with experiments beside its races.

use std::{
    fs,
    path::{Path, PathBuf},
};

use report::{
    analyse_recording,
    analysis::Analysis,
    claims::{Agrees, Claim, JudgedClaim, Verdict, judge},
    experiments::Observation,
    results::RunDirectory,
};
use tempfile::TempDir;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded");

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let beside = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copied(&entry, &beside) } else { fs::copy(&entry, beside).map(|_| ()).unwrap() }
    }
}

fn observation(experiment: &str, variant: &str, case: &str, metric: &str, (round, value): (u32, f64)) -> Observation {
    Observation {
        experiment: experiment.to_owned(),
        variant: variant.to_owned(),
        case: case.to_owned(),
        round,
        metric: metric.to_owned(),
        value,
        trials: None,
        note: None,
    }
}

/// The recorded comparison as one that tests these claims, with two experiments.
pub(crate) fn recording(claims: &[u32]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("fixture");
    copied(Path::new(RECORDED), &root);
    let mut manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(root.join("manifest.json")).unwrap()).unwrap();
    manifest["plan"]["claims"] = claims.into();
    fs::write(root.join("manifest.json"), manifest.to_string()).unwrap();
    let directory = RunDirectory::open(&root).unwrap();
    let speed_up = |variant: &'static str, speed_up: f64| {
        let of = move |round: u32| (round, speed_up + f64::from(round) / 1_000.0);
        (1..=10).map(move |round| observation("kernels", variant, "threads", "speed_up", of(round)))
    };
    let kernels: Vec<Observation> = speed_up("java", 1.9).chain(speed_up("python", 0.98)).collect();
    directory.write_experiment("kernels", &kernels).unwrap();
    let counted = |variant: &str, hits: f64| Observation {
        trials: Some(1_000),
        ..observation("order", variant, "one-connection", "overtaken", (1, hits))
    };
    let missing = Observation {
        note: Some("node is not installed".to_owned()),
        ..observation("order", "node", "", Observation::NOT_RUN, (0, 1.0))
    };
    let order = [
        counted("herd-threads", 0.0),
        counted("herd-tasks", 0.0),
        counted("python-asyncio", 0.0),
        counted("python-task-per-line", 130.0),
        missing,
    ];
    directory.write_experiment("order", &order).unwrap();
    (dir, root)
}

pub(crate) fn analysis(claims: &[u32]) -> (TempDir, Analysis) {
    let (dir, root) = recording(claims);
    let (analysis, damaged) = analyse_recording(&root).unwrap();
    assert_eq!(damaged, []);
    (dir, analysis)
}

fn claim(analysis: &Analysis, number: u32) -> &JudgedClaim {
    analysis.claims.iter().find(|claim| claim.number == number).unwrap()
}

#[test]
fn verdicts_follow_from_what_was_observed() {
    let (_dir, analysis) = analysis(&[5, 6, 8]);
    assert!(analysis.claims.iter().map(|claim| claim.number).eq([5, 6, 8]), "what the plan tests, and no other");
    let lock = claim(&analysis, 8);
    assert_eq!(lock.verdict, Verdict::Supported, "{lock:#?}");
    assert!(lock.words.contains("java") && lock.words.contains("10 rounds"), "{}", lock.words);
    assert!(lock.parts[0].lines[0].sources.contains(&"experiments/kernels.jsonl#L1".to_owned()));

    let order = claim(&analysis, 5);
    let of = |name: &str| order.parts.iter().find(|part| part.name == name).unwrap();
    assert_eq!(of("one connection, asyncio").verdict, Verdict::Contradicted);
    assert_eq!(of("one connection, asyncio with a task for each line").verdict, Verdict::Supported);
    let node = of("one connection, Node.js");
    assert_eq!(node.verdict, Verdict::NotTestable);
    assert!(node.words.contains("node is not installed"), "{}", node.words);
    assert_eq!(order.verdict, Verdict::NotShown, "its parts disagree, and the words say which");
    assert!(order.words.contains("supported") && order.words.contains("contradicted"), "{}", order.words);

    let typing = claim(&analysis, 6);
    assert_eq!(typing.verdict, Verdict::NotTestable);
    assert!(typing.words.contains("the recording has no experiment faults"), "{}", typing.words);
}

/// A claim about the recorded races, whose two engines have two blocks each.
#[test]
fn races_are_read_block_by_block_and_two_blocks_show_nothing() {
    let (_dir, root) = recording(&[]);
    let contents = RunDirectory::open(&root).unwrap().contents().unwrap();
    let workload = &contents.manifest.plan.workload[0].name;
    let text = format!(
        "claim = \"It is.\"\nnull = \"It is not.\"\ntopic = \"speed\"\nchanges = \"Time.\"\nobjection = \"None.\"\n\
         [[part]]\nname = \"it\"\n[part.rule.ratio]\non = {{ workload = \"{workload}\", measure = \"cpu-per-request\" }}\n\
         a = \"herd-threads\"\nb = \"herd-tasks\"\nexpects = \"more\"\nmargin = 0.05\n\
         [[part]]\nname = \"processors\"\n[part.rule.ranges]\nrange = [\n\
         {{ on = {{ workload = \"{workload}\", measure = \"cpu-over-wall\" }}, variant = \"herd-tasks\", most = 99.0, counted = true }}]\n\
         [[part]]\nname = \"elsewhere\"\n[part.rule.above]\n\
         on = {{ workload = \"nowhere\", measure = \"latency-p99\" }}\nvariants = [\"herd-tasks\"]\nbound = 1.0\n\
         [[published]]\nwhat = \"it\"\nsays = \"twice\"\nratio = 2.0\nsource = \"s\"\ndate = \"d\"\nmachine = \"m\"\n\
         here = {{ on = {{ workload = \"{workload}\", measure = \"cpu-per-request\" }}, a = \"herd-threads\", b = \"herd-tasks\" }}\n"
    );
    let claims = [Claim::parse(&text, "13-mine.toml").unwrap()];
    let judged = judge(&claims, &[&contents]).remove(0);
    let blocks = contents.manifest.plan.blocks;
    let [it, processors, elsewhere] = &judged.parts[..] else { panic!("{judged:#?}") };
    assert_eq!(it.lines[0].n, format!("{blocks} blocks"));
    assert_eq!(it.lines[0].sources.len(), 2 * blocks as usize);
    assert!(it.lines[0].sources.iter().all(|source| source.starts_with("runs/")));
    if blocks < 6 {
        assert_eq!(it.verdict, Verdict::NotShown, "{it:#?}");
        assert_eq!(judged.published[0].agrees, Agrees::NotMeasured);
    }
    let busy = processors.lines[0].estimate.unwrap();
    assert!((0.05..2.5).contains(&busy), "{busy} of two processors");
    assert_eq!(elsewhere.verdict, Verdict::NotTestable);
    assert!(elsewhere.words.contains("no plan of the recording has the workload nowhere"), "{}", elsewhere.words);
}

#[test]
fn what_was_cut_off_is_told_and_left_out() {
    let (_dir, root) = recording(&[8]);
    let file = root.join("experiments/kernels.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() - 20]).unwrap();
    let (analysis, damaged) = analyse_recording(&root).unwrap();
    assert_eq!(damaged.len(), 1);
    assert!(damaged[0].source.starts_with("experiments/kernels.jsonl#L20"), "{damaged:?}");
    assert!(claim(&analysis, 8).words.contains("9 rounds"), "{}", claim(&analysis, 8).words);
}
