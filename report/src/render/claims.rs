//! The table of the claims in Markdown, for a README and for `report.md`.

use super::{
    table::markdown_table,
    text::{escaped, shortened},
};
use crate::claims::JudgedClaim;

/// Longest figure of a claim in the table, in characters; the page has all of it.
const LONGEST: usize = 280;

/// A line for each claim; empty where the plan tests none.
pub(super) fn claims_table(claims: &[JudgedClaim]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let heads = ["", "Claim of the original report", "Verdict", "What was measured"].map(str::to_owned);
    let row = |claim: &JudgedClaim| {
        vec![
            claim.number.to_string(),
            escaped(&claim.claim),
            format!("**{}**", claim.verdict.words()),
            escaped(&shortened(&claim.words, LONGEST)),
        ]
    };
    markdown_table(&heads, claims.iter().map(row))
}
