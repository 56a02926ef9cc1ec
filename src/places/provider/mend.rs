//! Text that is almost JSON: what is no character becomes U+FFFD.

/// What stands for what is no character.
const REPLACEMENT: &[u8] = b"\\ufffd";

/// The same JSON with every string readable: bytes that are no UTF-8, and escapes of half a character, become U+FFFD. None where
/// nothing needs it.
pub(super) fn mended(json: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(json);
    let mut out = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    let mut is_changed = left != json;
    while let Some(at) = memchr::memchr(b'\\', left) {
        let (before, escape) = left.split_at(at);
        out.extend_from_slice(before);
        let (is_kept, length) = match half(escape) {
            None => (true, 2),
            Some(Half::First) if half(&escape[6..]) == Some(Half::Second) => (true, 12),
            Some(Half::First | Half::Second) => (false, 6),
        };
        let (escape, rest) = escape.split_at(length.min(escape.len()));
        out.extend_from_slice(if is_kept { escape } else { REPLACEMENT });
        is_changed |= !is_kept;
        left = rest;
    }
    out.extend_from_slice(left);
    is_changed.then_some(out)
}

/// Half of a character beyond U+FFFF, as UTF-16 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// Which half the escape stands for that these bytes begin with, if it does.
fn half(bytes: &[u8]) -> Option<Half> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let code = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    match code {
        0xd800..=0xdbff => Some(Half::First),
        0xdc00..=0xdfff => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn halves_of_characters_are_replaced() {
        for (json, expected) in [
            (&br#"{"a":"\ud83d"}"#[..], &br#"{"a":"\ufffd"}"#[..]),
            (br#"{"a":"x\uDE00y\ud83d"}"#, br#"{"a":"x\ufffdy\ufffd"}"#),
            (br#"{"a":"\ud83d\ud83d\ude00"}"#, br#"{"a":"\ufffd\ud83d\ude00"}"#),
            (b"{\"a\":\"\xff\"}", "{\"a\":\"\u{fffd}\"}".as_bytes()),
        ] {
            assert_eq!(mended(json).as_deref(), Some(expected), "{}", String::from_utf8_lossy(json));
        }
    }

    #[test]
    fn what_is_whole_stays() {
        for json in
            [&br#"{"a":"\ud83d\ude00"}"#[..], br#"{"a":"\\ud83d"}"#, br#"{"a":"\u00e4\n\\"}"#, b"\\", b"\\u12", b""]
        {
            assert_eq!(mended(json), None, "{}", String::from_utf8_lossy(json));
        }
    }

    proptest! {
        #[test]
        fn whatever_was_a_string_can_be_read(
            parts in prop::collection::vec(r"(\\u[dD][89abcdef][0-9a-f]{2}|\\\\|\\n|[a-z])", 0..8),
        ) {
            let json = format!("\"{}\"", parts.concat());
            let whole = mended(json.as_bytes()).unwrap_or_else(|| json.into_bytes());
            prop_assert!(serde_json::from_slice::<Value>(&whole).is_ok(), "{}", String::from_utf8_lossy(&whole));
        }
    }
}
