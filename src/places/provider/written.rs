use memchr::{memchr2, memmem};
use serde_json::Value;

use super::reply::Failure;
use crate::places::Key;

/// How deep a result may be nested; beyond this, other readers of JSON give up too.
const MAX_DEPTH: usize = 127;

/// Appends a result, which is an object in valid JSON, as its provider wrote it: only white space between its tokens is left
/// out, so that it is one line. Where the key could stand in it, or an escape that is half a character, it is read and
/// written again.
pub(super) fn copy(result: &str, key: Option<&Key>, out: &mut Vec<u8>) -> Result<(), Failure> {
    let start = out.len();
    let needs_reading = compact(result.as_bytes(), out)?;
    let has_key = key.is_some_and(|key| memmem::find(&out[start..], key.reveal().as_bytes()).is_some());
    if needs_reading || has_key {
        let mut value: Value = serde_json::from_str(result).map_err(|error| Failure::malformed(&error.to_string()))?;
        if let Some(key) = key {
            key.scrub_value(&mut value);
        }
        out.truncate(start);
        out.extend_from_slice(value.to_string().as_bytes());
    }
    Ok(())
}

/// Appends valid JSON without white space between its tokens; says whether it holds an escape that [`must_be_read`].
fn compact(json: &[u8], out: &mut Vec<u8>) -> Result<bool, Failure> {
    let (mut copied, mut at, mut depth, mut needs_reading) = (0, 0, 0_usize, false);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let (end, found) = end_of_string(json, at);
                (at, needs_reading) = (end, needs_reading | found);
            }
            b'{' | b'[' if depth == MAX_DEPTH => return Err(Failure::malformed("a result is nested too deeply")),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.extend_from_slice(&json[copied..at - 1]);
                copied = at;
            }
            _ => {}
        }
    }
    out.extend_from_slice(&json[copied..]);
    Ok(needs_reading)
}

/// Where the string ends that goes on here, behind its quotation mark, and whether an escape in it must be read.
fn end_of_string(json: &[u8], mut at: usize) -> (usize, bool) {
    let mut needs_reading = false;
    while let Some(found) = memchr2(b'"', b'\\', &json[at..]) {
        at += found + 2;
        match json.get(at - 2..at + 4) {
            _ if json[at - 2] == b'"' => return (at - 1, needs_reading),
            Some([b'\\', b'u', digits @ ..]) => needs_reading |= must_be_read(digits),
            Some(_) | None => {}
        }
    }
    (json.len(), needs_reading)
}

/// Whether the escape with these digits stands for a character that a key may hold, or for half a character.
fn must_be_read(digits: &[u8]) -> bool {
    let code = str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match code.map(char::from_u32) {
        Some(Some(character)) => Key::may_hold(character),
        Some(None) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn copied(result: &str, key: Option<&str>) -> Result<String, Failure> {
        let key = key.map(|key| key.parse().unwrap());
        let mut out = b"before".to_vec();
        copy(result, key.as_ref(), &mut out)?;
        Ok(String::from_utf8(out.split_off(6)).unwrap())
    }

    #[test]
    fn what_a_provider_wrote_stays_but_for_white_space_between_tokens() {
        for (result, expected) in [
            ("{}", "{}"),
            ("{\n  \"a b\" : [ 1 ,\t2.50 ],\r\n \"c\": { }\n}", r#"{"a b":[1,2.50],"c":{}}"#),
            (r#"{"a": "\u003cb\u003e \" \\", "n": 1e999}"#, r#"{"a":"\u003cb\u003e \" \\","n":1e999}"#),
            (r#"{"a":1,"a":"ä  ö"}"#, r#"{"a":1,"a":"ä  ö"}"#),
            (r#"{"a": "\\u0041"}"#, r#"{"a":"\\u0041"}"#),
        ] {
            assert_eq!(copied(result, Some("AIzaSecret")).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn no_writing_of_the_key_goes_through() {
        for (result, expected) in [
            (r#"{"a AIzaSecret": ["x?key=AIzaSecret&y", 1.0]}"#, r#"{"a [key]":["x?key=[key]&y",1.0]}"#),
            (r#"{"a":"\u0041IzaSecret"}"#, r#"{"a":"[key]"}"#),
            (r#"{"a":"\\\u0041Iza\u0053ecret"}"#, r#"{"a":"\\[key]"}"#),
        ] {
            assert_eq!(copied(result, Some("AIzaSecret")).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn halves_of_characters_and_depths_are_malformed() {
        assert_eq!(copied(r#"{"a":"\ud83d\ude00"}"#, None).as_deref(), Ok("{\"a\":\"\u{1f600}\"}"));
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert_eq!(copied(&nested(127), None), Ok(nested(127)));
        for bad in [r#"{"a":"\ud83d"}"#, &nested(128), &nested(100_000)] {
            assert!(copied(bad, None).is_err(), "{bad:.20}");
        }
    }

    proptest! {
        #[test]
        fn a_copy_says_the_same(name in "\\PC{0,9}", texts in prop::collection::vec("(\n|\r|\"|\\\\|AIzaSecret|.){0,9}", 0..5)) {
            let value = json!({ name: texts, "deep": [[{ "er": 1.5 }]] });
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(copied(&pretty, None), Ok(value.to_string()));
            let mut scrubbed = value;
            "AIzaSecret".parse::<Key>().unwrap().scrub_value(&mut scrubbed);
            prop_assert_eq!(copied(&pretty, Some("AIzaSecret")), Ok(scrubbed.to_string()));
        }
    }
}
