//! What tells a client that speaks another protocol (PROTOCOL section 4).

use memchr::{memchr, memrchr};

/// A handshake record of any version (RFC 8446 section 5.1): the beginning of a TLS hello.
const TLS_HANDSHAKE: [u8; 2] = [0x16, 0x03];

/// Whether a line is the first of an HTTP request: its last field is a version.
pub(super) fn is_http_request(line: &[u8]) -> bool {
    let version = memrchr(b' ', line).map_or(&[][..], |space| &line[space + 1..]);
    version.starts_with(b"HTTP/")
}

/// Whether these are the first bytes of a TLS hello.
pub(super) fn is_tls_hello(bytes: &[u8]) -> bool {
    bytes.starts_with(&TLS_HANDSHAKE)
}

/// What of them is a line, which may not have ended.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr(b'\n', bytes).unwrap_or(bytes.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_any_version_are_told() {
        for line in ["GET / HTTP/1.1", "POST /x HTTP/1.0", "PRI * HTTP/2.0", "get /a b HTTP/1.1"] {
            assert!(is_http_request(line.as_bytes()), "{line}");
        }
        for line in ["", "GET /", "HTTP/1.1", "IAMAT k +1+2 3", "GET / http/1.1", "GET / HTTP/1.1 "] {
            assert!(!is_http_request(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_hello_is_told_by_its_first_two_bytes() {
        assert!(is_tls_hello(b"\x16\x03\x01\x02\x00\x01"));
        assert!(!is_tls_hello(b"\x16") && !is_tls_hello(b"\x16\x04\x01"));
        assert_eq!(first_line(b"\x16\x03a\nb"), b"\x16\x03a");
        assert_eq!(first_line(b"\x16\x03a"), b"\x16\x03a");
    }
}
