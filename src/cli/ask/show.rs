use super::{super::terminal, connection::Reply};

/// A reply as its reader wants it: byte for byte in a pipe, for the eye on a terminal.
pub(super) fn shown(reply: &Reply, for_the_eye: bool) -> Vec<u8> {
    if !for_the_eye {
        return reply.bytes().to_vec();
    }
    let document = serde_json::from_slice::<serde_json::Value>(reply.document());
    let pretty = document.and_then(|document| serde_json::to_string_pretty(&document));
    let text = match pretty {
        Ok(pretty) => format!("{}\n{}", terminal::harmless(reply.line()), terminal::harmless(pretty.as_bytes())),
        Err(_) => terminal::harmless(reply.bytes()),
    };
    format!("{}\n", text.trim_end()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_shown_as_its_reader_wants_it() {
        let wire = b"AT A +0.1 k\x1b +1+1 2\n{\"status\":\"OK\",\"results\":[]}\n\n";
        let reply = Reply::new(wire.to_vec());
        assert_eq!(shown(&reply, false), wire);
        let expected = "AT A +0.1 k\\u{1b} +1+1 2\n{\n  \"status\": \"OK\",\n  \"results\": []\n}\n";
        assert_eq!(String::from_utf8(shown(&reply, true)).unwrap(), expected);
        assert_eq!(shown(&Reply::new(b"? x\n".to_vec()), true), b"? x\n");
    }
}
