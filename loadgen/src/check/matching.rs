use super::{
    Level,
    bindings::Bindings,
    skew,
    template::{Template, Token, decimal_ns},
};

/// Longest name of a server (PROTOCOL section 5).
const MAX_NAME: usize = 64;

/// What a line must satisfy besides its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) level: Level,
    /// Our clock when an IAMAT left and when its reply was read, in nanoseconds; `None` for other replies.
    pub(super) between_ns: Option<(i128, i128)>,
    pub(super) tolerance_ns: i128,
}

/// Compares a line with its template and, if it fits, binds what the template leaves open; returns the skews that were
/// not bound before.
pub(super) fn compare(
    line: &[u8],
    template: &Template,
    bindings: &mut Bindings,
    terms: &Terms,
) -> Result<Vec<i128>, String> {
    let mut rest = line;
    let mut found = Found::default();
    for token in &template.tokens {
        let length = match bindings.known(token) {
            Some(known) if rest.starts_with(&known) => known.len(),
            Some(known) => return Err(difference(line, rest, &known)),
            None => open(rest, token, bindings, terms, &mut found)?,
        };
        rest = &rest[length..];
    }
    if !rest.is_empty() {
        return Err(format!("{} bytes too many at the end of the line", rest.len()));
    }
    bindings.bound.extend(found.bound);
    Ok(found.skews_ns)
}

/// What a line says where its template is open.
#[derive(Default)]
struct Found {
    bound: Vec<(String, Vec<u8>)>,
    skews_ns: Vec<i128>,
}

fn difference(line: &[u8], rest: &[u8], known: &[u8]) -> String {
    let alike = rest.iter().zip(known).take_while(|(a, b)| a == b).count();
    format!("the line differs from byte {} on", line.len() - rest.len() + alike + 1)
}

/// Matches a wildcard at the start of `rest`; returns how many bytes it took.
fn open(rest: &[u8], token: &Token, bindings: &Bindings, terms: &Terms, found: &mut Found) -> Result<usize, String> {
    let word = word_of(rest);
    match token {
        Token::Server(tag) => {
            is_name(word)?;
            is_new_server(word, bindings)?;
            found.bound.push((tag.clone(), word.to_vec()));
        }
        Token::Skew(tag) => {
            found.skews_ns.push(right_skew(word, rest, terms)?);
            found.bound.push((tag.clone(), word.to_vec()));
        }
        Token::AnySkew => found.skews_ns.push(right_skew(word, rest, terms)?),
        Token::Number(tag) if !word.is_empty() && word.iter().all(u8::is_ascii_digit) => {
            found.bound.push((tag.clone(), word.to_vec()));
        }
        Token::Text if !rest.is_empty() => return Ok(rest.len()),
        _ => return Err(format!("{token} is not what came")),
    }
    Ok(word.len())
}

/// `{server}` and `{server2}` are different servers, so their names differ.
fn is_new_server(word: &[u8], bindings: &Bindings) -> Result<(), String> {
    let is_taken = bindings.bound.iter().any(|(tag, name)| tag.starts_with("server") && name == word);
    if is_taken { Err("another server of the herd has this name".to_owned()) } else { Ok(()) }
}

fn word_of(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == b' ').unwrap_or(bytes.len());
    &bytes[..end]
}

fn is_name(word: &[u8]) -> Result<(), String> {
    let [first, others @ ..] = word else { return Err("the server's name is missing".to_owned()) };
    let is_right = first.is_ascii_alphabetic()
        && word.len() <= MAX_NAME
        && others.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if is_right { Ok(()) } else { Err("the server's name is not well-formed".to_owned()) }
}

/// Reads a skew and holds it against the client's time, the last field of the line.
fn right_skew(word: &[u8], rest: &[u8], terms: &Terms) -> Result<i128, String> {
    let skew_ns = skew::parse(word, terms.level)?;
    let Some(between_ns) = terms.between_ns else { return Ok(skew_ns) };
    let time = rest.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    let client_ns = decimal_ns(time).ok_or("the last field is no time")?;
    if skew::is_plausible(skew_ns, client_ns, between_ns, terms.tolerance_ns) {
        return Ok(skew_ns);
    }
    let off_ns = client_ns + skew_ns - between_ns.0;
    Err(format!("skew + client time is {:.3} s from when the message was sent", off_ns as f64 / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::template;

    const TERMS: Terms =
        Terms { level: Level::Strict, between_ns: Some((10_000_000_000, 11_000_000_000)), tolerance_ns: 0 };

    fn against(bindings: &mut Bindings, line: &str, text: &str) -> Result<Vec<i128>, String> {
        compare(line.as_bytes(), &template::parse(text).expect("a template"), bindings, &TERMS)
    }

    #[test]
    fn wildcards_bind_at_first_and_hold_afterwards() {
        let mut bindings = Bindings::new(None);
        let text = "AT {server} {skew} kiwi +1+2 8.5";
        assert_eq!(against(&mut bindings, "AT Goloman +2.000000000 kiwi +1+2 8.5", text), Ok(vec![2_000_000_000]));
        assert_eq!(against(&mut bindings, "AT Goloman +2.000000000 kiwi +1+2 8.5", text), Ok(vec![]));
        assert!(against(&mut bindings, "AT Goloman +2.000000001 kiwi +1+2 8.5", text).is_err());
        assert!(against(&mut bindings, "AT Hands +2.000000000 kiwi +1+2 8.5", text).is_err());
    }

    #[test]
    fn a_wrong_line_is_refused() {
        for line in [
            "AT Goloman +2.000000000 kiwi +1+2 8.5 ",
            "AT Goloman +2.000000000 kiwi +1+2 8.50",
            "AT  Goloman +2.000000000 kiwi +1+2 8.5",
            "AT Goloman +9.000000000 kiwi +1+2 8.5",
            "AT Goloman 2.000000000 kiwi +1+2 8.5",
            "AT 9 +2.000000000 kiwi +1+2 8.5",
            "",
        ] {
            let mut bindings = Bindings::new(None);
            assert!(against(&mut bindings, line, "AT {server} {any skew} kiwi +1+2 8.5").is_err(), "{line}");
        }
    }

    #[test]
    fn a_line_that_does_not_fit_binds_nothing() {
        let mut bindings = Bindings::new(None);
        assert!(against(&mut bindings, "AT Goloman +2.000000000 other", "AT {server} {skew} kiwi").is_err());
        assert!(bindings.bound.is_empty());
    }

    #[test]
    fn two_servers_have_two_names() {
        let mut bindings = Bindings::new(None);
        assert!(against(&mut bindings, "Goloman", "{server}").is_ok());
        assert!(against(&mut bindings, "Goloman", "{server2}").is_err());
        assert!(against(&mut bindings, "Hands", "{server2}").is_ok());
    }

    #[test]
    fn text_is_at_least_a_byte() {
        let mut bindings = Bindings::new(None);
        assert!(against(&mut bindings, "? why", "? {text}").is_ok());
        assert!(against(&mut bindings, "? ", "? {text}").is_err());
    }
}
