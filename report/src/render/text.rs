//! Texts and addresses as the page writes them.

use std::fmt::Write;

pub(crate) use loadgen::page::{cleaned, day, shortened};

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

/// A commit's first ten digits, and whether files differ from it.
pub(crate) fn commit(commit: Option<&str>) -> String {
    let Some(commit) = commit else { return "unknown".to_owned() };
    let (hash, rest) = commit.split_once('-').map_or((commit, ""), |(hash, _)| (hash, "-dirty"));
    hash.chars().take(10).collect::<String>() + rest
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
