use std::time::{SystemTime, UNIX_EPOCH};

/// A command with `now` as the time of an IAMAT that has none; any other line as it is.
pub(super) fn complete(line: &[u8], now: SystemTime) -> Vec<u8> {
    let mut line = line.to_vec();
    if let [b"IAMAT", _, _] = fields(&line).collect::<Vec<_>>()[..] {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        line.truncate(line.trim_ascii_end().len());
        line.extend_from_slice(format!(" {}.{:09}", now.as_secs(), now.subsec_nanos()).as_bytes());
    }
    line
}

/// Whether a places document follows the AT line of the answer.
pub(super) fn wants_places(line: &[u8]) -> bool {
    fields(line).next() == Some(b"WHATSAT")
}

/// The fields between white space (PROTOCOL section 1).
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c);
    line.split(white).filter(|field| !field.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_iamat_without_time_gets_the_whole_present() {
        let now = UNIX_EPOCH + Duration::new(1_520_023_934, 18_963_997);
        for (typed, sent) in [
            ("IAMAT k +1-1", "IAMAT k +1-1 1520023934.018963997"),
            ("IAMAT k +1-1 \r", "IAMAT k +1-1 1520023934.018963997"),
            ("IAMAT k +1-1 5", "IAMAT k +1-1 5"),
            ("IAMAT k", "IAMAT k"),
            ("WHATSAT k 1", "WHATSAT k 1"),
            ("", ""),
        ] {
            assert_eq!(complete(typed.as_bytes(), now), sent.as_bytes(), "{typed:?}");
        }
    }

    #[test]
    fn only_whatsat_wants_places() {
        assert!(wants_places(b"\x0bWHATSAT k 1 1"));
        assert!(!wants_places(b"IAMAT WHATSAT"));
    }
}
