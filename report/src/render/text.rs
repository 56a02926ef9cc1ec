//! Texts and addresses as the page writes them.

use std::fmt::Write;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Longest text from a file, in characters: a command line with all its flags fits, a log that slipped in does not.
const LONGEST: usize = 1_500;

/// The same with every text in it made harmless for readers: control characters and those that turn the direction of
/// writing become spaces, and no text is longer than 1,500 characters. Equal texts stay equal.
pub(crate) fn cleaned<T: Serialize + DeserializeOwned>(whole: &T) -> serde_json::Result<T> {
    let mut value = serde_json::to_value(whole)?;
    clean(&mut value);
    serde_json::from_value(value)
}

/// Text that Markdown and HTML leave as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most `longest` characters; an ellipsis stands for the rest.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// A commit's first ten digits, and whether files differ from it.
pub(crate) fn commit(commit: Option<&str>) -> String {
    let Some(commit) = commit else { return "unknown".to_owned() };
    let (hash, rest) = commit.split_once('-').map_or((commit, ""), |(hash, _)| (hash, "-dirty"));
    hash.chars().take(10).collect::<String>() + rest
}

/// A moment as `2026-03-01 14:05 UTC`; empty if it is none that a calendar has.
pub(crate) fn day(unix_s: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 saturates, and jiff refuses it")]
    let seconds = unix_s as i64;
    Timestamp::from_second(seconds)
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = shortened(&text.replace(is_unfit, " "), LONGEST),
        Value::Array(all) => all.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Controls, and the marks by which text can pretend to be other text (UAX 9, "Trojan Source").
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// An id for an element, unique for a unique text: what is not a letter, digit, point or hyphen is written as `_` and
/// its code.
pub(crate) fn anchor(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "_{byte:02x}");
        }
    }
    out
}

/// The address of a raw file or of a line of it, if it is one below the page's own directory: no scheme, no way up, nothing
/// to escape.
pub(crate) fn raw_address(source: &str) -> Option<&str> {
    let (path, line) = source.split_once("#L").unwrap_or((source, "1"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/');
    let is_below = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    let is_line = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    (is_below && is_line && path.bytes().all(is_plain)).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_controls_and_turned_directions_and_what_is_too_long() {
        let texts = vec!["a\u{202e}b\nc".to_owned(), "x".repeat(2_000)];
        let clean = cleaned(&texts).unwrap();
        assert_eq!(clean[0], "a b c");
        assert_eq!(clean[1].chars().count(), LONGEST);
        assert!(clean[1].ends_with('…'));
    }

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(day(1_520_023_934.9), "2018-03-02 20:52 UTC");
        assert_eq!(day(f64::MAX), "");
    }

    #[test]
    fn anchors_are_unique_and_hold_nothing_to_escape() {
        assert_eq!(anchor("w1.throughput.a-b"), "w1.throughput.a-b");
        assert_eq!(anchor("a b<"), "a_20b_3c");
        assert_ne!(anchor("a b"), anchor("a_20b"));
    }

    #[test]
    fn only_files_below_the_page_are_linked() {
        for good in ["end.json", "runs/w1/a.jsonl#L12"] {
            assert_eq!(raw_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "/etc/passwd",
            "../up",
            "runs//x",
            "//host/x",
            "a\"b",
            "https://x",
            "runs/a.jsonl#L",
            "runs/a.jsonl#Lx",
            "runs/a#b",
        ] {
            assert_eq!(raw_address(bad), None, "{bad}");
        }
    }
}
