use std::fmt;

/// Longest filler in bytes; longer ones are a slip of the pen.
const MAX_FILLER: usize = 1 << 20;

/// The text of a step, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) tokens: Vec<Token>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Bytes that stand for themselves.
    Bytes(Vec<u8>),
    /// `{id}`, `{id2}`, `{id*256}`: a client ID that no other run has used, padded to a width if one is given.
    Id { tag: String, width: Option<usize> },
    /// `{now}`, `{now+2d}`, `{now-0.5s}`: the time at the start of the case, moved by so many nanoseconds.
    Now { offset_ns: i128 },
    /// `{n}`: the number of the round within a burst, from 1.
    Round,
    /// `{sent}`: the last line that was sent.
    Sent,
    /// `{told}`: the last line that was sent without its verb, single spaces between the fields.
    Told,
    /// `{me}`: the neighbour whose name the suite uses.
    Me,
    /// `{peer}`: the name of the server under test.
    Peer,
    /// `{server}`, `{server2}`: any server name the first time, the same one later.
    Server(String),
    /// `{skew}`, `{skew2}`: a right skew the first time, the same bytes later.
    Skew(String),
    /// `{any skew}`: a right skew, whatever came before.
    AnySkew,
    /// `{number}`: any decimal number the first time, the same one later.
    Number(String),
    /// `{text}`: at least one byte, up to the end of the line.
    Text,
    /// `{places<=5}`: a places document with at most so many results.
    Places(usize),
    /// `{no places}`: a places document whose status is `ZERO_RESULTS`.
    NoPlaces,
}

/// Takes the text of a step apart; the error says what cannot be read.
pub(super) fn parse(text: &str) -> Result<Template, String> {
    let mut tokens = Vec::new();
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match first {
            '\\' => rest = escape(rest, &mut bytes)?,
            '{' => {
                flush(&mut tokens, &mut bytes);
                let end = rest.find('}').ok_or("a `{` without its `}`; write \\{ for the brace itself")?;
                tokens.push(wildcard(&rest[1..end])?);
                rest = &rest[end + 1..];
            }
            _ => {
                let (head, tail) = rest.split_at(first.len_utf8());
                bytes.extend_from_slice(head.as_bytes());
                rest = tail;
            }
        }
    }
    flush(&mut tokens, &mut bytes);
    Ok(Template { tokens })
}

fn flush(tokens: &mut Vec<Token>, bytes: &mut Vec<u8>) {
    if !bytes.is_empty() {
        tokens.push(Token::Bytes(std::mem::take(bytes)));
    }
}

/// Reads one escape from the start of `text` and returns what follows it.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'0') => b'\0',
        Some(b'\\') => b'\\',
        Some(b'{') => b'{',
        Some(b'x') => return hexadecimal(text, bytes),
        _ => return Err("an unknown escape; there are \\n \\r \\t \\0 \\\\ \\{ and \\xNN".to_owned()),
    };
    bytes.push(simple);
    Ok(&text[2..])
}

fn hexadecimal<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    let digits = text.get(2..4).ok_or("\\x needs two hexadecimal digits")?;
    bytes.push(u8::from_str_radix(digits, 16).map_err(|e| format!("\\x{digits}: {e}"))?);
    Ok(&text[4..])
}

fn wildcard(word: &str) -> Result<Token, String> {
    let token = match word {
        "n" => Token::Round,
        "sent" => Token::Sent,
        "told" => Token::Told,
        "me" => Token::Me,
        "peer" => Token::Peer,
        "any skew" => Token::AnySkew,
        "text" => Token::Text,
        "no places" => Token::NoPlaces,
        _ => return numbered(word),
    };
    Ok(token)
}

fn numbered(word: &str) -> Result<Token, String> {
    if let Some((left, count)) = word.split_once('*') {
        return filler(left, count);
    }
    if let Some(bound) = word.strip_prefix("places<=") {
        return bound.parse().map(Token::Places).map_err(|e| format!("{{{word}}}: {e}"));
    }
    if let Some(offset) = word.strip_prefix("now") {
        return offset_ns(offset).map(|offset_ns| Token::Now { offset_ns });
    }
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let tag = word.to_owned();
    match stem {
        "id" => Ok(Token::Id { tag, width: None }),
        "server" => Ok(Token::Server(tag)),
        "skew" => Ok(Token::Skew(tag)),
        "number" => Ok(Token::Number(tag)),
        _ => Err(format!("an unknown wildcard {{{word}}}")),
    }
}

fn filler(left: &str, count: &str) -> Result<Token, String> {
    let count: usize = count.parse().map_err(|e| format!("{{{left}*{count}}}: {e}"))?;
    if count > MAX_FILLER {
        return Err(format!("{{{left}*{count}}}: a filler has at most {MAX_FILLER} bytes"));
    }
    if left.starts_with("id") {
        return Ok(Token::Id { tag: left.to_owned(), width: Some(count) });
    }
    let unit = parse(left)?;
    match unit.tokens.as_slice() {
        [Token::Bytes(bytes)] if bytes.len().saturating_mul(count) <= MAX_FILLER => {
            Ok(Token::Bytes(bytes.repeat(count)))
        }
        _ => Err(format!("{{{left}*{count}}}: a filler repeats bytes, or pads an ID")),
    }
}

/// Nanoseconds of `+2d`, `-0.5s` and the like; nothing is zero.
fn offset_ns(text: &str) -> Result<i128, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let wrong = || format!("{{now{text}}}: write {{now+2d}}, {{now-3h}} or {{now+0.000000001s}}");
    let (sign, amount) = match text.split_at_checked(1) {
        Some(("+", amount)) => (1, amount),
        Some(("-", amount)) => (-1, amount),
        _ => return Err(wrong()),
    };
    let (digits, unit_s) = match amount.split_at_checked(amount.len().saturating_sub(1)) {
        Some((digits, "s")) => (digits, 1),
        Some((digits, "h")) => (digits, 3600),
        Some((digits, "d")) => (digits, 86_400),
        _ => return Err(wrong()),
    };
    decimal_ns(digits.as_bytes()).map(|ns| sign * unit_s * ns).ok_or_else(wrong)
}

/// A plain decimal of seconds as nanoseconds; digits beyond the ninth decimal are cut off.
pub(super) fn decimal_ns(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, decimals)| (whole, Some(decimals)));
    let is_number = |s: &str| !s.is_empty() && s.len() <= 18 && s.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || decimals.is_some_and(|d| !is_number(d)) {
        return None;
    }
    let nine: String = decimals.unwrap_or("").chars().chain("000000000".chars()).take(9).collect();
    Some(whole.parse::<i128>().ok()? * 1_000_000_000 + nine.parse::<i128>().ok()?)
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.write_str(&super::escape::shortened(bytes, 200)),
            Self::Id { tag, .. } | Self::Server(tag) | Self::Skew(tag) | Self::Number(tag) => write!(f, "{{{tag}}}"),
            Self::Now { .. } => f.write_str("{now}"),
            Self::Round => f.write_str("{n}"),
            Self::Sent => f.write_str("{sent}"),
            Self::Told => f.write_str("{told}"),
            Self::Me => f.write_str("{me}"),
            Self::Peer => f.write_str("{peer}"),
            Self::AnySkew => f.write_str("{any skew}"),
            Self::Text => f.write_str("{text}"),
            Self::Places(bound) => write!(f, "{{places<={bound}}}"),
            Self::NoPlaces => f.write_str("{no places}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<Token> {
        parse(text).expect("a template").tokens
    }

    #[test]
    fn escapes_are_bytes() {
        assert_eq!(bytes("a\\x0b\\xff\\r\\n\\t\\0\\\\\\{"), [Token::Bytes(b"a\x0b\xff\r\n\t\0\\{".to_vec())]);
        assert_eq!(bytes("é"), [Token::Bytes("é".as_bytes().to_vec())]);
    }

    #[test]
    fn wildcards_are_told_apart() {
        assert_eq!(
            bytes("{id2} {now+2d}{x*3}{places<=5}"),
            [
                Token::Id { tag: "id2".to_owned(), width: None },
                Token::Bytes(b" ".to_vec()),
                Token::Now { offset_ns: 172_800_000_000_000 },
                Token::Bytes(b"xxx".to_vec()),
                Token::Places(5),
            ]
        );
        assert_eq!(bytes("{now-0.5s}"), [Token::Now { offset_ns: -500_000_000 }]);
        assert_eq!(bytes("{id*256}"), [Token::Id { tag: "id".to_owned(), width: Some(256) }]);
    }

    #[test]
    fn slips_are_refused() {
        for slip in ["{", "{nobody}", "\\q", "\\x1", "\\xzz", "{x*9999999}", "{now+2w}", "{now2}", "{server*3}x{"] {
            assert!(parse(slip).is_err(), "{slip}");
        }
    }

    #[test]
    fn decimals_become_nanoseconds() {
        assert_eq!(decimal_ns(b"1520023934.918963997"), Some(1_520_023_934_918_963_997));
        assert_eq!(decimal_ns(b"0.5"), Some(500_000_000));
        assert_eq!(decimal_ns(b"7"), Some(7_000_000_000));
        for wrong in ["", ".5", "1.", "+1", "1e3", "nan", "1.2.3"] {
            assert_eq!(decimal_ns(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
