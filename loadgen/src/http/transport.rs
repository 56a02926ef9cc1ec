use std::{io::Write, net::SocketAddr};

use serde::Deserialize;

use super::Bodies;

/// What carries command lines to a server, and its replies back; variant files of comparisons write it as `"lines"` or `"http"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// The connection itself (PROTOCOL 1).
    #[default]
    Lines,
    /// HTTP/1.1 with connections that are kept: the body of a POST holds command lines, that of its response the replies.
    Http,
}

impl Transport {
    /// The flag of `loadgen run` and `loadgen check` that asks for it.
    #[must_use]
    pub fn flag(self) -> Option<String> {
        match self {
            Self::Lines => None,
            Self::Http => Some("--http".to_owned()),
        }
    }

    /// Makes a request to this server of what stands in `out` from `start` on.
    pub fn wrap(self, server: SocketAddr, start: usize, out: &mut Vec<u8>) {
        if self == Self::Lines {
            return;
        }
        let body = out.split_off(start);
        let length = body.len();
        // Writing to memory cannot fail.
        let _ = write!(
            out,
            "POST / HTTP/1.1\r\nHost: {server}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
        );
        out.extend_from_slice(&body);
    }

    /// What takes replies out of what a new connection brings; none where nothing is around them.
    #[must_use]
    pub fn bodies(self) -> Option<Bodies> {
        match self {
            Self::Lines => None,
            Self::Http => Some(Bodies::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_made_of_what_was_added_last() {
        let server = SocketAddr::from(([127, 0, 0, 1], 80));
        let mut out = b"before".to_vec();
        out.extend_from_slice(b"HELLO\n");
        Transport::Lines.wrap(server, 6, &mut out);
        assert_eq!(out, b"beforeHELLO\n");
        Transport::Http.wrap(server, 6, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("beforePOST / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"), "{text}");
        assert!(text.ends_with("\r\nContent-Length: 6\r\n\r\nHELLO\n"), "{text}");
    }
}
