//! Texts as pages write them.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Longest text from a file, in characters: a command line with all its flags fits, a log that slipped in does not.
const LONGEST: usize = 1_500;

/// The same with every text in it made harmless for readers: control characters and those that turn the direction of
/// writing become spaces, and no text is longer than 1,500 characters. Equal texts stay equal.
///
/// # Errors
/// If it holds a number that JSON has not.
pub fn cleaned<T: Serialize + DeserializeOwned>(whole: &T) -> serde_json::Result<T> {
    let mut value = serde_json::to_value(whole)?;
    clean(&mut value);
    serde_json::from_value(value)
}

/// At most `longest` characters; an ellipsis stands for the rest.
#[must_use]
pub fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// A moment as `2026-03-01 14:05 UTC`; empty if it is none that a calendar has.
#[must_use]
pub fn day(unix_s: f64) -> String {
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
}
