const HEX: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

/// Bytes as text in the escapes of the case files: printable ASCII as it is, everything else as `\r`, `\x0b` and so on,
/// a space at the end as `\x20`.
#[must_use]
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\0' => text.push_str("\\0"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.extend(["\\x", HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
        }
    }
    if text.ends_with(' ') {
        text.truncate(text.len() - 1);
        text.push_str("\\x20");
    }
    text
}

/// As [`escaped`], with the middle of what is longer than `limit` bytes left out.
pub(super) fn shortened(bytes: &[u8], limit: usize) -> String {
    if bytes.len() <= limit {
        return escaped(bytes);
    }
    let half = limit / 2;
    let (head, tail) = (&bytes[..half], &bytes[bytes.len() - half..]);
    format!("{} ... {} ({} bytes)", escaped(head), escaped(tail), bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_visible() {
        assert_eq!(escaped(b"a b\r\n\t\0\\\x0b\xff"), "a b\\r\\n\\t\\0\\\\\\x0b\\xff");
        assert_eq!(escaped(b" a  "), " a \\x20");
    }

    #[test]
    fn the_middle_of_long_bytes_is_left_out() {
        assert_eq!(shortened(&[b'x'; 10], 4), "xx ... xx (10 bytes)");
        assert_eq!(shortened(b"xxxx", 4), "xxxx");
    }
}
