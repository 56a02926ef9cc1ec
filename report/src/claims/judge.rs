//! A claim put to its rules.

use super::{
    decide::{self, Decision, Values},
    evidence::Evidence,
    file::{Claim, Part},
    published::{Agreement, Agrees, Published},
    rule::{On, Rule, Series, Side},
    verdict::{JudgedClaim, JudgedPart, Verdict},
};
use crate::{results::Contents, stats::Standing};

/// What a recording, which is one run directory or several, says of claims.
#[must_use]
pub fn judge(claims: &[Claim], recording: &[&Contents]) -> Vec<JudgedClaim> {
    let evidence = Evidence::of(recording);
    claims.iter().map(|claim| judged(claim, &evidence)).collect()
}

fn judged(claim: &Claim, evidence: &Evidence<'_>) -> JudgedClaim {
    // All intervals of a claim hold at once.
    let standing = Standing::Primary { of: claim.parts.len() };
    let parts: Vec<JudgedPart> = claim.parts.iter().map(|part| judged_part(part, evidence, standing)).collect();
    let verdicts: Vec<Verdict> = parts.iter().map(|part| part.verdict).collect();
    JudgedClaim {
        number: claim.number,
        name: claim.name.clone(),
        claim: claim.claim.clone(),
        null: claim.null.clone(),
        verdict: Verdict::of_all(&verdicts),
        words: told(&parts),
        parts,
        changes: claim.changes.clone(),
        objection: claim.objection.clone(),
        published: claim.published.iter().map(|one| agreement(one, evidence)).collect(),
    }
}

/// What the parts say, each with its verdict where they differ.
fn told(parts: &[JudgedPart]) -> String {
    let [first, others @ ..] = parts else { return String::new() };
    let agree = others.iter().all(|part| part.verdict == first.verdict);
    match (others, agree) {
        ([], _) => first.words.clone(),
        (_, true) if parts.iter().all(|part| part.words == first.words) => first.words.clone(),
        (_, true) => parts.iter().map(|part| format!("{}: {}", part.name, part.words)).collect::<Vec<_>>().join("; "),
        (_, false) => {
            let told = parts.iter().map(|part| format!("{}, {}: {}", part.name, part.verdict.words(), part.words));
            told.collect::<Vec<_>>().join("; ")
        }
    }
}

fn judged_part(part: &Part, evidence: &Evidence<'_>, standing: Standing) -> JudgedPart {
    let Decision { verdict, words, lines } = match decided(&part.rule, evidence, standing) {
        Ok(decision) => decision,
        Err(why) => Decision { verdict: Verdict::NotTestable, words: why, lines: Vec::new() },
    };
    JudgedPart { name: part.name.clone(), verdict, words, rule: part.rule.words(), lines }
}

/// What a rule says; why it has nothing to say it from.
fn decided(rule: &Rule, evidence: &Evidence<'_>, standing: Standing) -> Result<Decision, String> {
    let values = |on: &On, variant: &str| evidence.values(on, variant);
    let level = standing.level();
    Ok(match rule {
        Rule::Ratio(rule) => {
            let (a, b) = (values(&rule.on, &rule.a)?, values(&rule.on, &rule.b)?);
            decide::ratio(&a, &b, rule.expects, rule.margin, standing)
        }
        Rule::NotWorse(rule) => {
            let pair = |on: &On| Ok((values(on, &rule.a)?, values(on, &rule.b)?));
            decide::not_worse(&rule.on.iter().map(pair).collect::<Result<Vec<_>, String>>()?, rule.margin, standing)
        }
        Rule::Trend(rule) => {
            let of = |workload: &str, variant: &str| evidence.measured(workload, rule.measure, variant);
            let steps =
                rule.steps.iter().map(|step| Ok((step.at, of(&step.workload, &rule.a)?, of(&step.workload, &rule.b)?)));
            decide::trend(&steps.collect::<Result<Vec<_>, String>>()?, rule.margin, standing)
        }
        Rule::Above(rule) => {
            let all: Result<Vec<Values>, String> = rule.variants.iter().map(|name| values(&rule.on, name)).collect();
            decide::above(&all?, rule.bound, level)
        }
        Rule::Ranges(rule) => {
            let of = rule.range.iter().map(|range| Ok((range, values(&range.on, &range.variant)?)));
            decide::ranges(&of.collect::<Result<Vec<_>, String>>()?, level)
        }
        Rule::Shares(rule) => {
            let (a, b) = (evidence.counts(rule, &rule.a)?, evidence.counts(rule, &rule.b)?);
            decide::shares(&a, &b, rule.margin, level)
        }
        Rule::Alike(rule) => {
            let (one, other) = (&rule.one, &rule.other);
            let [a, b] = [values(&one.on, &one.a)?, values(&one.on, &one.b)?];
            let [c, d] = [values(&other.on, &other.a)?, values(&other.on, &other.b)?];
            decide::alike([&a, &b], [&c, &d], rule.margin, standing)
        }
        Rule::Falls(rule) => {
            let of = |series: &Series| {
                let steps = series.steps.iter();
                let step =
                    steps.map(|step| Ok((step.at, evidence.measured(&step.workload, rule.measure, &series.variant)?)));
                step.collect::<Result<Vec<_>, String>>()
            };
            let (falling, steady) = (of(&rule.falling)?, of(&rule.steady)?);
            decide::falls((&rule.falling.name, &falling), (&rule.steady.name, &steady), rule.exponent, standing)
        }
    })
}

/// A published figure beside the nearest one of the recording, at 95 %.
fn agreement(published: &Published, evidence: &Evidence<'_>) -> Agreement {
    let (here, agrees) = match (published.ratio, &published.here) {
        (Some(ratio), Some(here)) => {
            let both = evidence.values(&here.on, &here.a).and_then(|a| Ok((a, evidence.values(&here.on, &here.b)?)));
            match both {
                Ok((a, b)) => beside(ratio, &a, &b),
                Err(why) => (why, Agrees::NotMeasured),
            }
        }
        _ => ("nothing of the kind is measured".to_owned(), Agrees::NotMeasured),
    };
    Agreement {
        what: published.what.clone(),
        says: published.says.clone(),
        source: format!("{}, {}; {}", published.source, published.date, published.machine),
        here,
        agrees,
    }
}

fn beside(ratio: f64, a: &Values, b: &Values) -> (String, Agrees) {
    let decision = decide::ratio(a, b, Side::More, f64::EPSILON, Standing::Exploratory);
    let agrees = match decision.lines.first().map(|line| line.interval) {
        Some([Some(lower), Some(upper)]) => Agrees::of(ratio, lower, upper),
        _ => Agrees::NotMeasured,
    };
    (decision.words, agrees)
}
