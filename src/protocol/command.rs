use super::{
    Location, Time,
    decimal::{Decimal, Digits},
    run,
};

/// Longest client ID in bytes (PROTOCOL 2.1).
pub(super) const MAX_CLIENT: usize = 256;
/// Largest radius in kilometres (PROTOCOL 3.2).
const MAX_RADIUS_KM: &[u8; 2] = b"50";
/// Largest bound on the number of results (PROTOCOL 3.2).
const MAX_BOUND: u64 = 20;

/// A client's line, understood as far as a line alone can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command<'a> {
    /// Where a client is.
    Iamat(Iamat<'a>),
    /// What is near a client.
    Whatsat(Whatsat<'a>),
    /// Anything else, with the verb it began with.
    Invalid(Verb),
}

/// The first field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `IAMAT`.
    Iamat,
    /// `WHATSAT`.
    Whatsat,
    /// Neither.
    Other,
}

/// `IAMAT client location time` (PROTOCOL section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iamat<'a> {
    /// The client ID.
    pub client: &'a [u8],
    /// The location, as written.
    pub location_field: &'a [u8],
    /// The time, as written.
    pub time_field: &'a [u8],
    /// The time, read.
    pub time: Time,
}

/// `WHATSAT client radius bound` (PROTOCOL section 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whatsat<'a> {
    /// The client ID.
    pub client: &'a [u8],
    /// The radius in metres, from 0 to 50,000.
    pub radius_m: f64,
    /// The most results that are wanted, from 0 to 20.
    pub bound: u8,
}

impl<'a> Command<'a> {
    /// Reads a line without its terminator.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Self {
        let line = line.iter().position(|b| !is_space(*b)).map_or(&[][..], |start| &line[start..]);
        let (verb, command) = if let Some(rest) = after_verb(line, b"IAMAT") {
            (Verb::Iamat, iamat(rest).map(Self::Iamat))
        } else if let Some(rest) = after_verb(line, b"WHATSAT") {
            (Verb::Whatsat, whatsat(rest).map(Self::Whatsat))
        } else {
            (Verb::Other, None)
        };
        command.unwrap_or(Self::Invalid(verb))
    }
}

/// White space is these six bytes and no others (PROTOCOL 1.2).
pub(super) const fn is_space(byte: u8) -> bool {
    // Nearly every byte is decided by the first comparison.
    byte <= b' ' && matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\x0b' | b'\x0c')
}

/// What follows the first field of a line, where that is this one.
fn after_verb<'a>(line: &'a [u8], verb: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(verb).filter(|rest| rest.first().is_none_or(|b| is_space(*b)))
}

/// Takes the next field off a line; `None` when only white space is left.
fn next_field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|b| !is_space(*b))?;
    let line = &rest[start..];
    let (field, after) = line.split_at(field_length(line));
    *rest = after;
    Some(field)
}

/// How many bytes come before the first white space.
fn field_length(line: &[u8]) -> usize {
    let start = run::above_space(line);
    // What ends the run nearly always is the white space; a control character belongs to the field.
    line[start..].iter().position(|b| is_space(*b)).map_or(line.len(), |rest| start + rest)
}

/// Takes the next field off a line by its grammar, which finds where it ends without another scan; gives what it says,
/// and the field.
fn next_of<'a, T>(rest: &mut &'a [u8], leading: impl Fn(&'a [u8]) -> Option<(T, &'a [u8])>) -> Option<(T, &'a [u8])> {
    let line = &rest[rest.iter().position(|b| !is_space(*b))?..];
    let (value, after) = leading(line)?;
    if after.first().is_some_and(|b| !is_space(*b)) {
        return None;
    }
    *rest = after;
    Some((value, &line[..line.len() - after.len()]))
}

fn iamat(mut rest: &[u8]) -> Option<Iamat<'_>> {
    let client = next_field(&mut rest).filter(|client| client.len() <= MAX_CLIENT)?;
    let (_, location_field) = next_of(&mut rest, Location::leading)?;
    let (time, time_field) = next_of(&mut rest, Time::leading)?;
    let nothing_else = rest.iter().all(|b| is_space(*b));
    nothing_else.then_some(Iamat { client, location_field, time_field, time })
}

fn whatsat(mut rest: &[u8]) -> Option<Whatsat<'_>> {
    let mut field = || next_field(&mut rest);
    let (client, radius, bound, None) = (field()?, field()?, field()?, field()) else { return None };
    let radius_m = radius_m(radius)?;
    let bound = Digits::parse::<2>(bound)?.value();
    (bound <= MAX_BOUND).then_some(Whatsat { client, radius_m, bound: u8::try_from(bound).ok()? })
}

/// Reads `D{1,2}(.D{1,9})?` kilometres; the range is decided on the digits.
fn radius_m(field: &[u8]) -> Option<f64> {
    let decimal = Decimal::parse::<2, 9>(field)?;
    let radius_km: f64 = str::from_utf8(field).ok()?.parse().ok()?;
    decimal.is_at_most(MAX_RADIUS_KM).then_some(radius_km * 1000.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verb_if_invalid(line: &[u8]) -> Option<Verb> {
        match Command::parse(line) {
            Command::Invalid(verb) => Some(verb),
            Command::Iamat(_) | Command::Whatsat(_) => None,
        }
    }

    #[test]
    fn fields_are_separated_by_the_six_white_space_bytes_alone() {
        assert_eq!(verb_if_invalid(b"\x0b IAMAT\tkiwi\x0c+1-1 \r 5 \t"), None);
        let Command::Iamat(iamat) = Command::parse("IAMAT a\u{85}b\u{a0}c\u{2028} +1-1 5".as_bytes()) else {
            panic!("valid")
        };
        assert_eq!(iamat.client, "a\u{85}b\u{a0}c\u{2028}".as_bytes());
        assert_eq!(verb_if_invalid(b"IAMAT \0\xff +1-1 5"), None);
    }

    #[test]
    fn a_verb_has_exactly_three_arguments_and_upper_case() {
        for bad in ["IAMAT", "IAMAT kiwi +1-1", "IAMAT kiwi +1-1 5 6", "IAMAT kiwi nowhere 5", "IAMAT kiwi +1-1 now"] {
            assert_eq!(verb_if_invalid(bad.as_bytes()), Some(Verb::Iamat), "{bad}");
        }
        for bad in ["", " ", "iamat kiwi +1-1 5", "IAMATT kiwi +1-1 5", "AT Goloman +0.0 kiwi +1-1 5"] {
            assert_eq!(verb_if_invalid(bad.as_bytes()), Some(Verb::Other), "{bad}");
        }
        let long = format!("IAMAT {} +1-1 5", "x".repeat(257));
        assert_eq!(verb_if_invalid(long.as_bytes()), Some(Verb::Iamat));
    }

    #[test]
    fn radius_and_bound_keep_to_their_ranges() {
        assert_eq!(
            Command::parse(b"WHATSAT kiwi 10 5"),
            Command::Whatsat(Whatsat { client: b"kiwi", radius_m: 10_000.0, bound: 5 })
        );
        for good in ["50 20", "50.000000000 0", "0 0", "0.5 01", "49.999999999 20"] {
            assert_eq!(verb_if_invalid(format!("WHATSAT k {good}").as_bytes()), None, "{good}");
        }
        for bad in [
            "51 1",
            "50.000000001 1",
            "10 21",
            "-1 1",
            "+1 1",
            "1e1 1",
            ".5 1",
            "5. 1",
            "100 1",
            "1 001",
            "1 1.0",
            "1.0123456789 1",
            "1 -1",
            "nan 1",
        ] {
            assert_eq!(verb_if_invalid(format!("WHATSAT k {bad}").as_bytes()), Some(Verb::Whatsat), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes: Vec<u8>) {
            if let Command::Whatsat(whatsat) = Command::parse(&[b"WHATSAT k ", &bytes[..]].concat()) {
                prop_assert!(whatsat.radius_m <= 50_000.0 && whatsat.bound <= 20);
            }
        }
    }
}
