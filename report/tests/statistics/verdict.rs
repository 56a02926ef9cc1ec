//! What a row says, in words, of blocks made for it.

use report::{
    format::Unit,
    stats::{Advantage, Bound, Control, Finding, Margin, Question, Side, Standing, Verdict},
};

const THROUGHPUT: Question =
    Question { advantage: Advantage::Faster, margin: Margin::FIVE_PERCENT, standing: Standing::Primary { of: 1 } };

/// Deviations of ten blocks. By hand: at 95 % the interval goes from the 9th to the 47th of their averages, which are -0.05
/// and 0.05; at 90 % from the 11th to the 45th, -0.04 and 0.04.
const TEN: [f64; 10] = [-0.09, -0.07, -0.05, -0.03, -0.01, 0.01, 0.03, 0.05, 0.07, 0.09];

fn blocks(ratio: f64, noise: f64, deviations: &[f64]) -> Vec<(f64, f64)> {
    deviations.iter().map(|deviation| (1000.0 * ratio * (deviation * noise).exp(), 1000.0)).collect()
}

fn sentence(question: Question, blocks: &[(f64, f64)]) -> String {
    question.judge(blocks).unwrap().sentence("threads", "java")
}

#[test]
fn wholly_beyond_the_margin_is_faster() {
    let finding = THROUGHPUT.judge(&blocks(1.8, 1.0, &TEN)).unwrap();
    assert_eq!(finding.sentence("threads", "java"), "threads is faster, 1.80x [1.71, 1.89], 10 blocks");
    assert!(matches!(finding.verdict, Verdict::Faster { better: Side::First, .. }));
    assert_eq!(sentence(THROUGHPUT, &blocks(1.0 / 1.8, 1.0, &TEN)), "java is faster, 1.80x [1.71, 1.89], 10 blocks");
}

#[test]
fn within_the_margin_is_equivalent() {
    let finding = THROUGHPUT.judge(&blocks(1.01, 0.5, &TEN)).unwrap();
    assert_eq!(finding.sentence("threads", "java"), "equivalent within 5 %, [0.990, 1.030], 10 blocks");
    assert!(matches!(finding.verdict, Verdict::Equivalent { .. }));
    // Equivalence is asked before "faster by between": a difference that is sure and does not matter.
    let sure = THROUGHPUT.judge(&blocks(1.02, 0.1, &TEN)).unwrap();
    assert!(sure.evidence.interval.unwrap().is_above(0.0));
    assert!(matches!(sure.verdict, Verdict::Equivalent { .. }));
}

#[test]
fn a_sure_difference_of_unsure_size_is_by_between() {
    let finding = THROUGHPUT.judge(&blocks(1.06, 0.5, &TEN)).unwrap();
    assert_eq!(finding.sentence("threads", "java"), "threads is faster, by between 1.034x and 1.087x, 10 blocks");
    assert!(matches!(finding.verdict, Verdict::FasterBetween { better: Side::First, .. }));
}

#[test]
fn nothing_shown_says_what_it_could_hide() {
    let finding = THROUGHPUT.judge(&blocks(1.01, 3.0, &TEN)).unwrap();
    assert_eq!(finding.sentence("threads", "java"), "no difference shown; could hide up to 1.17x, 10 blocks");
    assert!(matches!(finding.verdict, Verdict::NotShown { .. }));
}

#[test]
fn less_is_better_where_it_costs() {
    for (advantage, word) in
        [(Advantage::Cheaper, "cheaper"), (Advantage::Lower, "lower"), (Advantage::Smaller, "smaller")]
    {
        let question = Question { advantage, ..THROUGHPUT };
        let said = sentence(question, &blocks(1.8, 1.0, &TEN));
        assert_eq!(said, format!("java is {word}, 1.80x [1.71, 1.89], 10 blocks"));
    }
}

#[test]
fn fewer_than_six_blocks_are_screening_whatever_they_say() {
    let said = sentence(THROUGHPUT, &blocks(1.8, 1.0, &TEN[..5]));
    let wanted = "screening: all 5 blocks agree on threads, range [1.65, 1.78]; need at least 6 blocks for a verdict";
    assert_eq!(said, wanted);
    let said = sentence(THROUGHPUT, &blocks(1.0, 1.0, &TEN[3..7]));
    let wanted = "screening: the 4 blocks do not agree, range [0.970, 1.030]; need at least 6 blocks for a verdict";
    assert_eq!(said, wanted);
}

#[test]
fn too_few_blocks_for_the_rows_of_a_plan_are_screening() {
    let of = |of| Question { standing: Standing::Primary { of }, ..THROUGHPUT };
    let seven = blocks(1.8, 1.0, &TEN[..7]);
    assert!(sentence(of(3), &seven).starts_with("threads is faster"));
    assert!(sentence(of(6), &seven).ends_with("need at least 8 blocks for a verdict"));
}

#[test]
fn exploratory_rows_have_an_interval_and_no_verdict() {
    let question = Question { standing: Standing::Exploratory, ..THROUGHPUT };
    assert_eq!(sentence(question, &blocks(1.8, 1.0, &TEN)), "1.80x [1.71, 1.89], 10 blocks");
}

#[test]
fn differences_are_judged_in_their_unit() {
    let margin = Margin::difference(0.6, Unit::Us).unwrap();
    let question = Question { advantage: Advantage::Cheaper, margin, ..THROUGHPUT };
    let costs = |difference: f64| TEN.map(|deviation| (5.0 + difference + deviation, 5.0));
    assert_eq!(sentence(question, &costs(-3.2)), "threads is cheaper, by 3.20 µs [3.15, 3.25], 10 blocks");
    assert_eq!(sentence(question, &costs(0.5)), "equivalent within 0.6 µs, [0.46, 0.54], 10 blocks");
}

#[test]
fn blocks_given_up_leave_the_end_open() {
    let question = Question { advantage: Advantage::Lower, margin: Margin::TEN_PERCENT, ..THROUGHPUT };
    let censored = |given_up: usize| -> Finding {
        let measures = TEN.iter().enumerate().map(|(index, deviation)| {
            let latency_us = 2000.0 + 1000.0 * deviation;
            let latency = if index < given_up { Bound::AtLeast(latency_us) } else { Bound::Exactly(latency_us) };
            (latency, Bound::Exactly(1000.0))
        });
        question.judge_censored(&measures.collect::<Vec<_>>()).unwrap()
    };
    assert_eq!(censored(0).sentence("a", "b"), "b is lower, 2.00x [1.95, 2.05], 10 blocks");
    // One that was given up may be the greatest, which the interval leaves outside; of two it leaves one outside.
    assert_eq!(censored(1).sentence("a", "b"), "b is lower, ≥ 2.00x [1.93, 2.09], 10 blocks");
    assert_eq!(censored(2).sentence("a", "b"), "b is lower, ≥ 2.00x [1.93, ∞], 10 blocks");
}

#[test]
fn controls_void_only_wholly_beyond_the_margin() {
    let control = |ratio, noise| {
        let measures: Vec<_> = blocks(ratio, noise, &TEN)
            .into_iter()
            .map(|(first, second)| (Bound::Exactly(first), Bound::Exactly(second)))
            .collect();
        Control::judge(&measures, Margin::FIVE_PERCENT).unwrap()
    };
    assert!(matches!(control(1.04, 1.0), Control::Alike { .. }));
    assert!(matches!(control(1.06, 1.0), Control::Differs { .. }));
    assert!(matches!(control(1.06, 0.01), Control::Void { .. }));
    assert!(matches!(control(1.0 / 1.06, 0.01), Control::Void { .. }));
    let words = |ratio, noise| control(ratio, noise).words(Margin::FIVE_PERCENT);
    assert_eq!(words(1.0, 1.0), "no difference found, [0.95, 1.05]; one above 5.1 % would have shown");
    assert!(words(1.06, 1.0).starts_with("the same server differs from itself, [1.01, 1.11]; one above 5.1 %"));
    let few = Control::judge(&[(Bound::Exactly(1.0), Bound::Exactly(1.0))], Margin::FIVE_PERCENT).unwrap();
    assert_eq!(few.words(Margin::FIVE_PERCENT), "range of the control [1.00, 1.00]; need at least 6 blocks");
}
