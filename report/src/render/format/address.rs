use std::fmt::Write;

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

/// The address of a raw file, if it is one below the page's own directory: no scheme, no way up, nothing to escape.
pub(crate) fn raw_address(source: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/');
    let is_below = source.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    (is_below && source.bytes().all(is_plain)).then_some(source)
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
        assert_eq!(raw_address("blocks/001-a-w1.json"), Some("blocks/001-a-w1.json"));
        for bad in ["javascript:alert(1)", "/etc/passwd", "../up", "blocks//x", "//host/x", "a\"b", "https://x"] {
            assert_eq!(raw_address(bad), None, "{bad}");
        }
    }
}
