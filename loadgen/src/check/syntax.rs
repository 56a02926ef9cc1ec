//! Reads case files; `loadgen/README.md` is the manual of the format.

use std::{fmt, iter::Enumerate, str::Lines, time::Duration};

use super::{
    case::{Action, Case, Level, Place, Scope, Step},
    template,
};

/// A case file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.why)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads all cases of a file.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Case>, SyntaxError> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, text)) = lines.next() {
        let error = |why: String| SyntaxError { file: file.to_owned(), line: index + 1, why };
        if text.starts_with('[') {
            cases.push(header(file, text).map_err(error)?);
            continue;
        }
        let Some(case) = cases.last_mut() else {
            comment_only(text).map_err(error)?;
            continue;
        };
        match text.strip_prefix('#') {
            Some(comment) if case.steps.is_empty() => add_sentence(&mut case.about, comment),
            Some(_) => {}
            None if text.is_empty() => {}
            None => case.steps.push(step(file, index + 1, text, &mut lines)?),
        }
    }
    Ok(cases)
}

fn comment_only(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with('#') { Ok(()) } else { Err("a step before the first [case]".to_owned()) }
}

fn add_sentence(about: &mut String, comment: &str) {
    if !about.is_empty() {
        about.push(' ');
    }
    about.push_str(comment.trim());
}

/// `[name] rule 2.5,2.6 strict pair slow`
fn header(file: &str, text: &str) -> Result<Case, String> {
    let (name, rest) =
        text.strip_prefix('[').and_then(|text| text.split_once(']')).ok_or("a case starts with [its-name]")?;
    let mut words = rest.split_ascii_whitespace();
    let (Some("rule"), Some(rules)) = (words.next(), words.next()) else {
        return Err("after [the-name] comes `rule` and its number".to_owned());
    };
    let mut case = Case {
        name: name.to_owned(),
        rules: rules.split(',').map(str::to_owned).collect(),
        level: level(words.next())?,
        scope: Scope::Server,
        slow: false,
        about: String::new(),
        file: file.to_owned(),
        steps: Vec::new(),
    };
    for word in words {
        match word {
            "slow" => case.slow = true,
            "pair" => case.scope = Scope::Pair,
            "peer" => case.scope = Scope::Peer,
            "listen" => case.scope = Scope::Listen,
            _ => return Err(format!("`{word}` is none of pair, peer, listen, slow")),
        }
    }
    Ok(case)
}

fn level(word: Option<&str>) -> Result<Level, String> {
    match word {
        Some("assignment") => Ok(Level::Assignment),
        Some("strict") => Ok(Level::Strict),
        _ => Err("after the rule comes the level, `assignment` or `strict`".to_owned()),
    }
}

/// Reads a step, and for a block the lines up to its `end`.
fn step(file: &str, line: usize, text: &str, lines: &mut Enumerate<Lines<'_>>) -> Result<Step, SyntaxError> {
    let error = |why: String| SyntaxError { file: file.to_owned(), line, why };
    let action = match block_head(text).map_err(error)? {
        Some(Block::Burst(times)) => Action::Burst(times, block(file, line, lines)?),
        Some(Block::Poll) => Action::Poll(block(file, line, lines)?),
        None => action(text).map_err(error)?,
    };
    Ok(Step { line, action })
}

enum Block {
    Burst(u32),
    Poll,
}

fn block_head(text: &str) -> Result<Option<Block>, String> {
    match text.split_once(' ') {
        None if text == "poll" => Ok(Some(Block::Poll)),
        Some(("burst", times)) => times.parse().map(|n| Some(Block::Burst(n))).map_err(|e| format!("{text}: {e}")),
        Some(_) | None => Ok(None),
    }
}

fn block(file: &str, opened: usize, lines: &mut Enumerate<Lines<'_>>) -> Result<Vec<Step>, SyntaxError> {
    let error = |line: usize, why: &str| SyntaxError { file: file.to_owned(), line, why: why.to_owned() };
    let mut steps = Vec::new();
    while let Some((index, text)) = lines.next() {
        if text == "end" {
            return Ok(steps);
        }
        let step = step(file, index + 1, text, lines)?;
        match step.action {
            Action::SendLine(_) | Action::Send(_) | Action::Expect(_) => steps.push(step),
            _ => return Err(error(index + 1, "a block holds `>`, `>>` and `<` lines only")),
        }
    }
    Err(error(opened, "a block without its `end`"))
}

fn action(text: &str) -> Result<Action, String> {
    if text.ends_with([' ', '\t', '\r']) {
        return Err("trailing white space cannot be seen; write \\x20".to_owned());
    }
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let action = match word {
        ">" => Action::SendLine(template::parse(rest)?),
        ">>" => Action::Send(template::parse(rest)?),
        "<" => Action::Expect(template::parse(rest)?),
        "drip" => Action::Drip(template::parse(rest)?),
        "seek" => Action::Seek(template::parse(rest)?),
        "wait" => Action::Wait(duration(rest)?),
        "quiet" => Action::Quiet(duration(rest)?),
        "at" => place(rest)?,
        "connect" | "half-close" | "eof" | "closed" | "exact-skews" if !rest.is_empty() => {
            return Err(format!("`{word}` stands alone"));
        }
        "connect" => Action::Connect,
        "half-close" => Action::HalfClose,
        "eof" => Action::Eof,
        "closed" => Action::Closed,
        "exact-skews" => Action::ExactSkews,
        _ => return Err(format!("`{word}` begins no step")),
    };
    Ok(action)
}

/// `client`, `a`, `b`, `peer` or `dialled`, and which connection there if not the first.
fn place(text: &str) -> Result<Action, String> {
    let (word, number) = text.split_once(' ').unwrap_or((text, "1"));
    let place = match word {
        "client" | "a" => Place::First,
        "b" => Place::Second,
        "peer" => Place::Peer,
        "dialled" => Place::Dialled,
        _ => return Err(format!("`{word}` is none of client, a, b, peer, dialled")),
    };
    number.parse().map(|number| Action::At(place, number)).map_err(|e| format!("at {text}: {e}"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration such as 300ms or 9s");
    let (digits, unit_ms) = match text.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => (text.strip_suffix('s').ok_or_else(wrong)?, 1000),
    };
    digits.parse().map(|count: u32| Duration::from_millis(u64::from(count) * unit_ms)).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_read() {
        let text = "# A file.\n\n[a-name] rule 1.2,4 strict slow\n# One.\n# Two.\n> x\n# no matter\nburst 2\n>> y\n< ? {sent}\nend\neof\n";
        let cases = parse("f.txt", text).expect("a case");
        let [case] = cases.as_slice() else { panic!("one case") };
        assert_eq!((case.name.as_str(), case.about.as_str()), ("a-name", "One. Two."));
        assert_eq!(case.rules, ["1.2", "4"]);
        assert!(case.slow);
        assert_eq!(case.steps.iter().map(|s| s.line).collect::<Vec<_>>(), [6, 8, 12]);
    }

    #[test]
    fn slips_name_their_line() {
        for (text, line) in [
            ("> early", 1),
            ("[a] rule 1 strict\n> x ", 2),
            ("[a] rule 1 strict\nburst 2\n> x", 2),
            ("[a] rule 1 strict\nburst 2\neof\nend", 3),
            ("[a] rule 1 lax", 1),
            ("[a] level strict", 1),
            ("[a] rule 1 strict\nat nowhere", 2),
            ("[a] rule 1 strict\nwait 3", 2),
            ("[a] rule 1 strict\neof now", 2),
            ("[a] rule 1 strict\nsay x", 2),
        ] {
            assert_eq!(parse("f.txt", text).expect_err(text).line, line, "{text}");
        }
    }
}
