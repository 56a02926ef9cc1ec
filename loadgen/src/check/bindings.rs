use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use super::template::{Template, Token};

/// Plays so far in this process: part of what makes client IDs fresh.
static PLAYS: AtomicU64 = AtomicU64::new(0);

/// What the wildcards of one play of a case stand for.
#[derive(Clone, Debug)]
pub(super) struct Bindings {
    /// The beginning of all client IDs of this play.
    prefix: String,
    /// `{now}` in nanoseconds since 1970. Its last digit is never 0, so that a rounded skew can be told.
    now_ns: i128,
    /// What `{server}`, `{skew}` and `{number}` were at first.
    pub(super) bound: BTreeMap<String, Vec<u8>>,
    /// `{n}`.
    pub(super) round: u32,
    /// `{sent}`.
    pub(super) sent: Vec<u8>,
    /// `{me}` and `{peer}`.
    pub(super) names: Option<(String, String)>,
}

impl Bindings {
    pub(super) fn new(names: Option<(String, String)>) -> Self {
        let now_ns = wall_clock_ns();
        let play = PLAYS.fetch_add(1, Ordering::Relaxed);
        Self {
            prefix: format!("chk-{:x}-{:x}-{play:x}", now_ns / 1000, std::process::id()),
            now_ns: now_ns / 10 * 10 + 7,
            bound: BTreeMap::new(),
            round: 1,
            sent: Vec::new(),
            names,
        }
    }

    /// The bytes of a template; an error names a wildcard that stands for nothing yet.
    pub(super) fn expand(&self, template: &Template) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for token in &template.tokens {
            let known = self.known(token).ok_or_else(|| format!("{token} is not known at this step"))?;
            bytes.extend_from_slice(&known);
        }
        Ok(bytes)
    }

    /// The bytes a token stands for, if that is known.
    pub(super) fn known(&self, token: &Token) -> Option<Vec<u8>> {
        match token {
            Token::Bytes(bytes) => Some(bytes.clone()),
            Token::Id { tag, width } => Some(self.id(tag, width.unwrap_or(0))),
            Token::Now { offset_ns } => Some(self.time(*offset_ns)),
            Token::Round => Some(self.round.to_string().into_bytes()),
            Token::Sent => Some(self.sent.clone()),
            Token::Told => Some(told(&self.sent)),
            Token::Me => self.names.as_ref().map(|(me, _)| me.clone().into_bytes()),
            Token::Peer => self.names.as_ref().map(|(_, peer)| peer.clone().into_bytes()),
            Token::Server(tag) | Token::Skew(tag) | Token::Number(tag) => self.bound.get(tag).cloned(),
            Token::AnySkew | Token::Text | Token::Places(_) | Token::NoPlaces => None,
        }
    }

    /// What a template stands for as far as it is known, for people.
    pub(super) fn describe(&self, template: &Template) -> String {
        let tokens = template.tokens.iter();
        let piece = |token: &Token| match self.known(token) {
            Some(bytes) => super::escape::shortened(&bytes, 400),
            None => token.to_string(),
        };
        tokens.map(piece).collect()
    }

    fn id(&self, tag: &str, width: usize) -> Vec<u8> {
        let mut id = format!("{}-{tag}", self.prefix).into_bytes();
        if width > 0 {
            id.resize(width, b'_');
        }
        id
    }

    fn time(&self, offset_ns: i128) -> Vec<u8> {
        let ns = (self.now_ns + offset_ns).max(0);
        format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000).into_bytes()
    }
}

/// The clock that servers are compared with, in nanoseconds since 1970.
pub(super) fn wall_clock_ns() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}

/// The fields of a line after its verb, with single spaces.
fn told(line: &[u8]) -> Vec<u8> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c);
    let fields: Vec<&[u8]> = line.split(is_space).filter(|field| !field.is_empty()).skip(1).collect();
    fields.join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::template;

    fn expanded(bindings: &Bindings, text: &str) -> Vec<u8> {
        bindings.expand(&template::parse(text).expect("a template")).expect("known")
    }

    #[test]
    fn ids_are_fresh_in_each_play_and_padded() {
        let (one, two) = (Bindings::new(None), Bindings::new(None));
        assert_ne!(expanded(&one, "{id}"), expanded(&two, "{id}"));
        assert_ne!(expanded(&one, "{id}"), expanded(&one, "{id2}"));
        assert_eq!(expanded(&one, "{id*256}").len(), 256);
    }

    #[test]
    fn times_are_written_with_nine_decimals() {
        let bindings = Bindings { now_ns: 1_520_023_934_918_963_997, ..Bindings::new(None) };
        assert_eq!(expanded(&bindings, "{now}"), b"1520023934.918963997");
        assert_eq!(expanded(&bindings, "{now+1d}"), b"1520110334.918963997");
        assert_eq!(expanded(&bindings, "{now-0.000000001s}"), b"1520023934.918963996");
    }

    #[test]
    fn what_was_told_has_single_spaces() {
        assert_eq!(told(b"  IAMAT\x0bkiwi\t\x0c+1+2  3\r"), b"kiwi +1+2 3");
        assert_eq!(told(b"IAMAT"), b"");
    }

    #[test]
    fn an_unbound_wildcard_cannot_be_sent() {
        let template = template::parse("AT {server}").expect("a template");
        assert!(Bindings::new(None).expand(&template).is_err());
    }
}
