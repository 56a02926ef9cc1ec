//! The grammar of PROTOCOL sections 1 to 3, written a second time for the model server.

use crate::fault::Fault;

/// One unit in the numbers of [`decimal`].
pub(crate) const ONE: u128 = 1_000_000_000_000_000;

/// The fields of a line.
pub(crate) fn fields(line: &[u8], fault: Fault) -> Vec<&[u8]> {
    let is_space = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c) || (fault == Fault::SplitsMore && *byte == 0xa0)
    };
    line.split(is_space).filter(|field| !field.is_empty()).collect()
}

/// A decimal at the start of the text in units of 10^-15, and what follows it.
pub(crate) fn decimal(text: &[u8], most_whole: usize, most_decimals: usize) -> Option<(u128, &[u8])> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(text);
    let (head, rest) = text.split_at(whole);
    if whole == 0 || whole > most_whole {
        return None;
    }
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u128>().ok();
    let Some(rest) = rest.strip_prefix(b".").filter(|_| most_decimals > 0) else {
        return Some((number(head)? * ONE, rest));
    };
    let count = digits(rest);
    if count == 0 || count > most_decimals {
        return None;
    }
    let scale = 10_u128.pow(15 - u32::try_from(count).ok()?);
    Some((number(head)? * ONE + number(&rest[..count])? * scale, &rest[count..]))
}

/// Whether the text is a location.
pub(crate) fn is_location(text: &[u8]) -> bool {
    let unsigned = |text: &[u8]| text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).map(<[u8]>::to_vec);
    let rest_of = |text: &[u8], whole: usize, most: u128| {
        let (value, rest) = decimal(text, whole, 15)?;
        (value <= most * ONE).then(|| rest.to_vec())
    };
    let longitude = unsigned(text).and_then(|text| rest_of(&text, 2, 90)).and_then(|text| unsigned(&text));
    longitude.and_then(|text| rest_of(&text, 3, 180)).is_some_and(|rest| rest.is_empty())
}

/// A time in nanoseconds.
pub(crate) fn time_ns(text: &[u8], fault: Fault) -> Option<i128> {
    if fault == Fault::FloatTime {
        let seconds: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        return Some(i128::from(std::time::Duration::try_from_secs_f64(seconds).map_or(0, |d| d.as_secs())));
    }
    match decimal(text, 10, 9)? {
        (value, b"") => i128::try_from(value / 1_000_000).ok(),
        _ => None,
    }
}

/// Whether the text is a server's name.
pub(crate) fn is_name(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.len() <= 64
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether the text is a skew as servers tell each other.
pub(crate) fn is_skew(text: &[u8]) -> bool {
    let Some(magnitude) = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")) else { return false };
    let Some(point) = magnitude.iter().position(|byte| *byte == b'.') else { return false };
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    is_number(&magnitude[..point]) && point <= 11 && magnitude.len() == point + 10 && is_number(&magnitude[point + 1..])
}
