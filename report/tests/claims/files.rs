//! Claim files: those of the project, and what is refused of others.

use std::collections::HashSet;

use report::{
    claims::{Claim, Opponent, Rule, Topic, claims, discussions, judge, select},
    plan::Plan,
};

/// What a claim file must say.
const HEAD: &str =
    "claim = \"It is.\"\nnull = \"It is not.\"\ntopic = \"speed\"\nchanges = \"Time.\"\nobjection = \"None.\"\n";
const PART: &str = "[[part]]\nname = \"it\"\n[part.rule.ratio]\non = { workload = \"w\", measure = \"cpu-per-request\" }\n\
                    a = \"a\"\nb = \"b\"\nexpects = \"less\"\nmargin = 0.05\n";

#[test]
fn there_are_twelve_in_the_order_of_the_original() {
    let all = claims().unwrap();
    assert!(all.iter().map(|claim| claim.number).eq(1..=12));
    assert_eq!(all.iter().map(|claim| claim.name.as_str()).collect::<HashSet<_>>().len(), 12);
}

#[test]
fn the_plan_measures_what_its_claims_need() {
    // Topologies are measured by a plan of their own.
    let plans = [Plan::find("claims").unwrap(), Plan::find("centre").unwrap()];
    for claim in claims().unwrap() {
        for part in &claim.parts {
            let alone = Claim { parts: vec![part.clone()], beside: Vec::new(), ..claim.clone() };
            for name in alone.workloads() {
                let of = |plan: &Plan| plan.workload.iter().any(|workload| workload.name == name);
                let plan =
                    plans.iter().find(|plan| of(plan)).unwrap_or_else(|| panic!("claim {}: {name}", claim.number));
                let workload = plan.workload.iter().find(|workload| workload.name == name).unwrap();
                // A series is of one variant, which alone runs its steps.
                let runs = |variant: &&str| plan.runners(workload).contains(variant);
                let least = if matches!(part.rule, Rule::Falls(_)) { 1 } else { alone.variants().len() };
                let count = alone.variants().iter().filter(|variant| runs(variant)).count();
                assert!(count >= least, "claim {}, {}: {name} lacks a variant", claim.number, part.name);
            }
        }
        for name in claim.experiments() {
            let runs = plans[0].experiment.iter().any(|one| one.name == name);
            assert!(runs, "claim {} needs {name}", claim.number);
        }
    }
}

#[test]
fn a_claim_can_be_tested_alone() {
    let all = claims().unwrap();
    let of = |number: u32| {
        let mut plan = Plan::find("claims").unwrap();
        let claim = all.iter().find(|claim| claim.number == number).unwrap();
        select(&mut plan, &[claim]);
        assert_eq!(plan.claims, [number]);
        plan
    };
    let third = of(3);
    assert_eq!(third.workload.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["searches-once-60"]);
    assert!(third.variants.contains(&"herd-threads-one".to_owned()) && !third.variants.contains(&"node".to_owned()));
    assert!(third.experiment.is_empty());
    let sixth = of(6);
    assert!(sixth.workload.is_empty());
    assert_eq!(sixth.experiment.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["faults"]);
    assert!(of(9).workload.iter().any(|one| one.name == "capacity-updates"), "what is measured beside stays");
}

#[test]
fn each_discussion_has_at_most_ten_sentences_in_the_order_of_the_original() {
    let all = claims().unwrap();
    let judged = judge(&all, &[]);
    for discussion in discussions(&all, &judged) {
        let expected = all.iter().filter(|claim| claim.against.contains(&discussion.opponent)).count();
        assert!((4..=10).contains(&expected), "{:?}", discussion.opponent);
        assert_eq!(discussion.sentences.len(), expected);
        let topics = [Topic::Typing, Topic::MemoryManagement, Topic::Threads, Topic::Order, Topic::Ease, Topic::Speed];
        let place = |sentence: &String| topics.iter().position(|topic| sentence.starts_with(topic.title())).unwrap();
        assert!(discussion.sentences.iter().map(place).is_sorted(), "{:#?}", discussion.sentences);
    }
    assert!(all.iter().any(|claim| claim.against == [Opponent::Java]));
}

fn told(text: &str) -> String {
    Claim::parse(text, "13-mine.toml").unwrap_err().to_string()
}

#[test]
fn a_thirteenth_claim_is_a_file() {
    let claim = Claim::parse(&format!("{HEAD}{PART}"), "13-mine.toml").unwrap();
    assert_eq!((claim.number, claim.name.as_str()), (13, "mine"));
    assert_eq!((claim.workloads(), claim.variants()), (vec!["w"], vec!["a", "b"]));
}

#[test]
fn what_is_wrong_is_told_with_line_and_column() {
    let whole = format!("{HEAD}{PART}");
    for (text, instead, expected) in [
        ("topic = \"speed\"", "topic = \"speed\"\ntopics = 1", "13-mine.toml:4:1: unknown field `topics`"),
        ("topic = \"speed\"", "topic = \"haste\"", "13-mine.toml:3:9: unknown variant `haste`"),
        ("\"It is.\"", "\"It is\"", "13-mine.toml:1:9: this is a sentence, which ends with a full stop"),
        ("margin = 0.05", "margin = 0.0", ": a `margin` is above 0 and below 10"),
        ("margin = 0.05", "margin = 0.05\nlevel = 1", "13-mine.toml:14:1: unknown field `level`"),
        ("b = \"b\"", "b = \"a\"", ": `a` and `b` are the same variant"),
        ("rule.ratio", "rule.guess", "unknown variant `guess`"),
        ("measure = \"cpu-per-request\"", "measure = \"beauty\"", "unknown variant `beauty`"),
        ("measure = \"cpu-per-request\"", "case = \"x\"", "give `workload` and `measure`, or `experiment`"),
        (PART, "", "missing field `part`"),
        (PART, "part = []\n", ": a claim has a [[part]] at least"),
    ] {
        assert!(whole.contains(text), "{text}");
        let told = told(&whole.replacen(text, instead, 1));
        assert!(told.contains(expected), "{told}\nis not\n{expected}");
    }
    let twice = told(&format!("{whole}{PART}"));
    assert!(twice.contains("13-mine.toml:14:1: two parts have this name"), "{twice}");
    assert!(Claim::parse(&whole, "mine.toml").unwrap_err().to_string().contains("is called NN-NAME.toml"));
    let published =
        "[[published]]\nwhat = \"it\"\nsays = \"2x\"\nratio = 2.0\nsource = \"s\"\ndate = \"d\"\nmachine = \"m\"\n";
    assert!(told(&format!("{whole}{published}")).contains("13-mine.toml:14:1: `ratio` and `here` go together"));
}
