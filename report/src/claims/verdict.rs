//! What is said of a claim: one of four verdicts, with the figures that it rests on.

use serde::{Deserialize, Serialize};

use super::published::Agreement;

/// What the evidence says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The rule's condition for the claim is met.
    Supported,
    /// The rule's condition against the claim is met.
    Contradicted,
    /// It was measured, and neither condition is met.
    NotShown,
    /// It was not measured, or cannot be here.
    NotTestable,
}

/// One measured line of a claim's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What was measured, of whom.
    pub what: String,
    /// The value, a ratio or an amount, as its figure has it.
    pub estimate: Option<f64>,
    /// The ends of its interval; an open one is none.
    pub interval: [Option<f64>; 2],
    /// Both as people read them.
    pub figure: String,
    /// How many blocks, rounds or trials.
    pub n: String,
    /// What the rule compares it with.
    pub bounds: Vec<f64>,
    /// The raw lines, from the run directory.
    pub sources: Vec<String>,
}

/// A part of a claim that is judged by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedPart {
    /// Its name.
    pub name: String,
    /// What its rule says.
    pub verdict: Verdict,
    /// Why, in a clause with the figures.
    pub words: String,
    /// The rule for people, with its thresholds.
    pub rule: String,
    /// What it rests on.
    pub lines: Vec<Line>,
}

/// A claim with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedClaim {
    /// Its number in the original's order.
    pub number: u32,
    /// Its name in files.
    pub name: String,
    /// The claim in this project's words.
    pub claim: String,
    /// What is tested.
    pub null: String,
    /// What all parts together say.
    pub verdict: Verdict,
    /// The figure in a sentence.
    pub words: String,
    /// Its parts, each judged by itself.
    pub parts: Vec<JudgedPart>,
    /// What would change the verdict.
    pub changes: String,
    /// The strongest objection that a sceptic could still raise.
    pub objection: String,
    /// Figures of others, and whether this machine agrees.
    pub published: Vec<Agreement>,
}

impl Verdict {
    /// It for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::NotShown => "not shown",
            Self::NotTestable => "not testable here",
        }
    }

    /// What several parts say together: what all that could be tested agree on, and else nothing.
    #[must_use]
    pub fn of_all(parts: &[Self]) -> Self {
        let mut tested = parts.iter().filter(|one| **one != Self::NotTestable);
        let Some(first) = tested.next() else { return Self::NotTestable };
        if tested.all(|one| one == first) { *first } else { Self::NotShown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_disagree_show_nothing_together() {
        use Verdict::{Contradicted, NotShown, NotTestable, Supported};
        for (parts, expected) in [
            (&[Supported, Supported][..], Supported),
            (&[Supported, Contradicted], NotShown),
            (&[Contradicted, NotShown], NotShown),
            (&[NotTestable, Contradicted], Contradicted),
            (&[NotTestable], NotTestable),
            (&[], NotTestable),
        ] {
            assert_eq!(Verdict::of_all(parts), expected, "{parts:?}");
        }
    }
}
