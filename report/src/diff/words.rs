use crate::stats::{Finding, words};

/// The verdict: "after is faster, 1.08x [1.06, 1.10], 10 blocks before, 10 after".
pub(super) fn compared(before: usize, after: usize, finding: &Finding) -> String {
    let sentence = finding.sentence("after", "before");
    // The sentence counts the blocks of the smaller set.
    let said = sentence.rsplit_once(", ").map_or(sentence.as_str(), |(said, _)| said);
    format!("{said}, {before} blocks before, {after} after")
}

/// Too few blocks for a verdict, or for an interval.
pub(super) fn few(before: usize, after: usize, finding: &Finding) -> String {
    let (lower, upper) = finding.evidence.range;
    let range = words::range(finding.question.margin.scale(), lower, upper);
    let level = finding.evidence.level;
    format!("screening: too few blocks for {level}: {before} before, {after} after, ratios of any two {range}")
}
