//! The claims in a terminal.

use super::verdict::{JudgedClaim, Verdict};

/// Characters in a line.
const WIDTH: usize = 110;
/// Where texts begin, after number and verdict.
const INDENT: usize = 24;

/// A claim in a few lines: number, verdict, what is claimed, and the figure. In colour, where that is wanted.
#[must_use]
pub fn table(claims: &[JudgedClaim], is_coloured: bool) -> String {
    claims.iter().map(|claim| entry(claim, is_coloured)).collect()
}

fn entry(claim: &JudgedClaim, is_coloured: bool) -> String {
    let verdict = format!("{:<18}", claim.verdict.words());
    let verdict = if is_coloured { format!("{}{verdict}\u{1b}[0m", colour(claim.verdict)) } else { verdict };
    let head = format!("{:>3}  {verdict} ", claim.number);
    let indent = " ".repeat(INDENT);
    let lines = wrapped(&claim.claim).into_iter().chain(wrapped(&claim.words)).enumerate();
    lines.map(|(number, line)| [if number == 0 { &head } else { &indent }, line.as_str(), "\n"].concat()).collect()
}

fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Supported => "\u{1b}[32m",
        Verdict::Contradicted => "\u{1b}[31m",
        Verdict::NotShown => "\u{1b}[33m",
        Verdict::NotTestable => "\u{1b}[2m",
    }
}

/// A text in lines that fit beside the verdict; a word that is longer has a line of its own.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > WIDTH - INDENT {
            lines.push(word.to_owned());
        } else if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            *line += word;
        }
    }
    lines
}
