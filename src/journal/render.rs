use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use super::{
    Event,
    frame::{Frame, Kind, Source},
};

/// Renders events as JSON Lines, with the sequence and the time.
#[derive(Debug, Default)]
pub(super) struct Renderer {
    /// Of the last event.
    seq: u64,
    /// The second that `date` stands for.
    second: u64,
    /// `2018-03-02T19:52:14`, kept because most events share their second with the one before.
    date: String,
}

impl Renderer {
    /// Appends one event of a batch.
    pub(super) fn frame(&mut self, out: &mut Vec<u8>, source: &Source, frame: &Frame<'_>) {
        self.begin(out, frame.secs, frame.nanos);
        let Some(event_and_origin) = event_and_origin(source, frame.kind) else {
            // The rest of the object, after its brace.
            out.extend_from_slice(frame.bytes.get(1..).unwrap_or_default());
            out.push(b'\n');
            return;
        };
        out.extend_from_slice(event_and_origin.as_bytes());
        push_source(out, source);
        match frame.kind {
            Kind::Malformed => out.extend_from_slice(br#","reason":"malformed""#),
            Kind::TooLong => out.extend_from_slice(br#","reason":"too long""#),
            Kind::In | Kind::Out | Kind::Event => {}
        }
        push_lines(out, frame);
        out.extend_from_slice(b"}\n");
    }

    /// Appends an event of the writer's own, with the present time.
    pub(super) fn event(&mut self, out: &mut Vec<u8>, event: &Event<'_>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let json = serde_json::to_vec(event).unwrap_or_default();
        let frame = Frame { kind: Kind::Event, secs: now.as_secs(), nanos: now.subsec_nanos(), bytes: &json };
        self.frame(out, &Source::Server, &frame);
    }

    /// The keys that all events have.
    fn begin(&mut self, out: &mut Vec<u8>, secs: u64, nanos: u32) {
        if secs != self.second || self.date.is_empty() {
            self.second = secs;
            self.date = date(secs);
        }
        self.seq += 1;
        out.extend_from_slice(br#"{"seq":"#);
        push_decimal(out, self.seq);
        out.extend_from_slice(br#","time":""#);
        out.extend_from_slice(self.date.as_bytes());
        push_micros(out, nanos / 1000);
        out.extend_from_slice(br#"Z","#);
    }
}

/// The key `event`, up to where the source's own keys begin; none for an event that is rendered already. A server skips
/// no client's line, but if one ever is, it must not be taken for a reply that was sent.
fn event_and_origin(source: &Source, kind: Kind) -> Option<&'static str> {
    Some(match (source, kind) {
        (Source::Client(_), Kind::In) => r#""event":"line_in","#,
        (Source::Client(_), Kind::Out) => r#""event":"line_out","#,
        (Source::Client(_), Kind::Malformed | Kind::TooLong) => r#""event":"line_skipped","#,
        (Source::Link(_) | Source::Server, Kind::In) => r#""event":"peer_in","#,
        (Source::Link(_) | Source::Server, Kind::Out) => r#""event":"peer_out","#,
        (Source::Link(_) | Source::Server, Kind::Malformed | Kind::TooLong) => r#""event":"peer_skipped","#,
        (Source::Client(_) | Source::Link(_) | Source::Server, Kind::Event) => return None,
    })
}

fn push_source(out: &mut Vec<u8>, source: &Source) {
    match source {
        Source::Client(conn) => {
            out.extend_from_slice(br#""conn":"#);
            push_decimal(out, *conn);
        }
        Source::Link(keys) => out.extend_from_slice(keys.as_bytes()),
        Source::Server => out.extend_from_slice(br#""peer":null"#),
    }
}

/// The line, and the document when a reply has more than its first line.
fn push_lines(out: &mut Vec<u8>, frame: &Frame<'_>) {
    if frame.kind != Kind::Out {
        return push_text(out, "line", frame.bytes);
    }
    let end = frame.bytes.iter().position(|&b| b == b'\n').unwrap_or(frame.bytes.len());
    push_text(out, "line", &frame.bytes[..end]);
    let document = frame.bytes.get(end + 1..).unwrap_or_default();
    if !document.is_empty() {
        push_text(out, "document", without_last_lfs(document));
    }
}

fn without_last_lfs(mut document: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n'] = document {
        document = rest;
    }
    document
}

/// `,"key":"text"`, or `,"key_hex":"68657861"` when the bytes are not UTF-8.
fn push_text(out: &mut Vec<u8>, key: &str, bytes: &[u8]) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    if is_plain(bytes) {
        out.extend_from_slice(b"\":\"");
        out.extend_from_slice(bytes);
    } else if std::str::from_utf8(bytes).is_ok() {
        out.extend_from_slice(b"\":\"");
        push_escaped(out, bytes);
    } else {
        out.extend_from_slice(b"_hex\":\"");
        out.extend(bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|n| b"0123456789abcdef"[usize::from(n)]));
    }
    out.push(b'"');
}

/// Whether the bytes stand in a string as they are: most lines do, and to look at all bytes without a branch is quick.
fn is_plain(bytes: &[u8]) -> bool {
    !bytes.iter().fold(false, |any, &b| any | (is_escaped(b) || b >= 0x80))
}

/// UTF-8 with escapes, copied in runs.
fn push_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some(run) = rest.iter().position(|&b| is_escaped(b)) {
        out.extend_from_slice(&rest[..run]);
        push_escape(out, rest[run]);
        rest = &rest[run + 1..];
    }
    out.extend_from_slice(rest);
}

/// What JSON wants escaped in a string: the quote, the backslash and the control characters.
fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(br"\n"),
        b'\r' => out.extend_from_slice(br"\r"),
        b'\t' => out.extend_from_slice(br"\t"),
        _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}

/// Date and time of day; a clock beyond the year 9999 shows the epoch.
fn date(secs: u64) -> String {
    let stamp = i64::try_from(secs).ok().and_then(|secs| Timestamp::from_second(secs).ok());
    stamp.unwrap_or(Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// `.000123`
fn push_micros(out: &mut Vec<u8>, mut micros: u32) {
    let mut digits = *b".000000";
    for digit in digits[1..].iter_mut().rev() {
        *digit += last_digit(u64::from(micros));
        micros /= 10;
    }
    out.extend_from_slice(&digits);
}

fn push_decimal(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn last_digit(number: u64) -> u8 {
    (number % 10) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::metrics::Direction;

    fn render(source: &Source, kind: Kind, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        let frame = Frame { kind, secs: 1_520_023_934, nanos: 918_963_997, bytes };
        Renderer::default().frame(&mut out, source, &frame);
        String::from_utf8(out).unwrap()
    }

    fn text(event: &Value, key: &str) -> Option<Vec<u8>> {
        let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        match (&event[key], &event[format!("{key}_hex")]) {
            (Value::String(text), Value::Null) => Some(text.clone().into_bytes()),
            (Value::Null, Value::String(hex)) => Some(hex.as_bytes().chunks(2).map(digits).collect()),
            _ => None,
        }
    }

    #[test]
    fn a_line_has_sequence_time_and_origin() {
        assert_eq!(
            render(&Source::Client(17), Kind::In, b"IAMAT \"k\" +1+2 3"),
            concat!(
                r#"{"seq":1,"time":"2018-03-02T20:52:14.918963Z","event":"line_in","conn":17,"#,
                r#""line":"IAMAT \"k\" +1+2 3"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_peer_line_names_the_link() {
        let source = Source::link(&"Hands".parse().unwrap(), Direction::In);
        for (kind, event) in [(Kind::In, "peer_in"), (Kind::Out, "peer_out"), (Kind::TooLong, "peer_skipped")] {
            let event: (Value, &str) = (serde_json::from_str(&render(&source, kind, b"SYNC 1")).unwrap(), event);
            assert_eq!(event.0["event"], event.1);
            assert_eq!((&event.0["peer"], &event.0["direction"]), (&"Hands".into(), &"in".into()));
            assert_eq!(event.0["line"], "SYNC 1");
        }
    }

    #[test]
    fn only_what_was_sent_is_journalled_as_sent() {
        for (kind, reason) in [(Kind::Malformed, "malformed"), (Kind::TooLong, "too long")] {
            let event: Value = serde_json::from_str(&render(&Source::Client(1), kind, b"x")).unwrap();
            assert_eq!((&event["event"], &event["reason"]), (&"line_skipped".into(), &reason.into()));
        }
    }

    #[test]
    fn a_whatsat_reply_is_a_line_and_a_document() {
        let json = render(&Source::Client(1), Kind::Out, b"AT x\n{\n  \"results\": []\n}\n\n");
        let event: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(event["line"], "AT x");
        assert_eq!(event["document"], "{\n  \"results\": []\n}");
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 9, 10, 1_234_567_890, u64::MAX] {
            let mut out = Vec::new();
            push_decimal(&mut out, number);
            assert_eq!(out, number.to_string().as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_line_comes_back(line in prop_oneof![any::<Vec<u8>>(), ".*".prop_map(String::into_bytes)]) {
            let json = render(&Source::Client(1), Kind::In, &line);
            prop_assert_eq!(json.lines().count(), 1);
            let event = serde_json::from_str::<Value>(&json).unwrap();
            prop_assert_eq!(text(&event, "line"), Some(line));
        }

        #[test]
        fn any_reply_comes_back(
            line in proptest::collection::vec(any::<u8>().prop_filter("LF", |b| *b != b'\n'), 0..50),
            document in proptest::collection::vec(any::<u8>(), 0..50),
        ) {
            let document = without_last_lfs(&document);
            let reply = [&line, &b"\n"[..], document, b"\n\n"].concat();
            let event = serde_json::from_str::<Value>(&render(&Source::Client(1), Kind::Out, &reply)).unwrap();
            prop_assert_eq!(text(&event, "line"), Some(line));
            prop_assert_eq!(text(&event, "document"), Some(document.to_vec()));
        }
    }
}
