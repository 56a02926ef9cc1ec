//! asyncio against Java, and asyncio against Node.js: the original's argument in its own order, with what was measured of it.

use serde::{Deserialize, Serialize};

use super::{
    file::{Claim, Opponent},
    verdict::JudgedClaim,
};

/// Sentences of a discussion at most.
const MOST: usize = 10;

/// What is said of asyncio and one other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discussion {
    /// Whom it is compared with.
    pub opponent: Opponent,
    /// A sentence for each claim, in the order of the original: typing, memory management, threads, order, ease and speed.
    pub sentences: Vec<String>,
}

impl Opponent {
    /// The head of its discussion.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Java => "asyncio against Java",
            Self::Node => "asyncio against Node.js",
        }
    }
}

/// Both discussions, of those claims that were judged.
#[must_use]
pub fn discussions(claims: &[Claim], judged: &[JudgedClaim]) -> Vec<Discussion> {
    [Opponent::Java, Opponent::Node].into_iter().map(|opponent| discussion(opponent, claims, judged)).collect()
}

fn discussion(opponent: Opponent, claims: &[Claim], judged: &[JudgedClaim]) -> Discussion {
    let mut own: Vec<&Claim> = claims.iter().filter(|claim| claim.against.contains(&opponent)).collect();
    own.sort_by_key(|claim| (claim.topic, claim.number));
    let of = |claim: &&Claim| Some(sentence(claim, judged.iter().find(|one| one.number == claim.number)?));
    Discussion { opponent, sentences: own.iter().filter_map(of).take(MOST).collect() }
}

fn sentence(claim: &Claim, judged: &JudgedClaim) -> String {
    let said = claim.claim.trim_end_matches('.');
    format!("{}: \u{201c}{said}\u{201d} is {} ({}).", claim.topic.title(), judged.verdict.words(), judged.words)
}
