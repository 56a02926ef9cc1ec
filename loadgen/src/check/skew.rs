use super::{case::Level, template::decimal_ns};

/// Skews in a case from which rounding can be told from chance.
const ENOUGH: usize = 8;
/// Nanoseconds between neighbouring `f64` numbers of seconds from 2004 to 2038 are 10^9 / 2^22.
const FLOAT_STEPS_PER_S: i128 = 1 << 22;
const NS_PER_S: i128 = 1_000_000_000;

/// Reads a skew in nanoseconds; the error says what is wrong with its form.
pub(super) fn parse(text: &[u8], level: Level) -> Result<i128, &'static str> {
    let (sign, magnitude) = match text.split_first() {
        Some((b'+', rest)) => (1, rest),
        Some((b'-', rest)) => (-1, rest),
        _ => return Err("the skew has no sign"),
    };
    let ns = decimal_ns(magnitude).ok_or("the skew is no plain decimal number")?;
    if level == Level::Strict {
        strict_form(magnitude)?;
    }
    Ok(sign * ns)
}

fn strict_form(magnitude: &[u8]) -> Result<(), &'static str> {
    let point = magnitude.iter().position(|&byte| byte == b'.').ok_or("the skew has no decimals")?;
    if magnitude.len() - point - 1 != 9 {
        return Err("the skew has not exactly nine decimals");
    }
    if point > 1 && magnitude[0] == b'0' {
        return Err("the skew has a leading zero");
    }
    Ok(())
}

/// Whether a server that received a message between the two instants of our clock may have computed this skew.
pub(super) fn is_plausible(skew_ns: i128, client_ns: i128, between: (i128, i128), tolerance_ns: i128) -> bool {
    let received_ns = client_ns + skew_ns;
    received_ns >= between.0 - tolerance_ns && received_ns <= between.1 + tolerance_ns
}

/// The sign of rounding that all the skews bear, if they do. The client times must end in a digit other than 0.
pub(super) fn rounding(skews_ns: &[i128]) -> Option<&'static str> {
    if skews_ns.len() < ENOUGH {
        return Some("too few skews were seen to tell rounding from chance");
    }
    if skews_ns.iter().all(|ns| ns % 1000 == 0) {
        return Some("all skews are whole microseconds: they were rounded");
    }
    if skews_ns.iter().all(|&ns| is_float_step(ns)) {
        return Some("all skews are multiples of 2^-22 s: they went through a floating-point number");
    }
    None
}

fn is_float_step(skew_ns: i128) -> bool {
    let ns = skew_ns.abs();
    let step = (ns * FLOAT_STEPS_PER_S + NS_PER_S / 2) / NS_PER_S;
    let on_step = step * NS_PER_S;
    let distance = (ns * FLOAT_STEPS_PER_S - on_step).abs();
    distance <= FLOAT_STEPS_PER_S / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strict_skew_has_a_sign_and_nine_decimals() {
        assert_eq!(parse(b"+0.263873386", Level::Strict), Ok(263_873_386));
        assert_eq!(parse(b"-12.000000001", Level::Strict), Ok(-12_000_000_001));
        for wrong in ["0.263873386", "+0.26387338", "+0.2638733860", "+1", "+.263873386", "+00.263873386", "+1e-9", "+"]
        {
            assert!(parse(wrong.as_bytes(), Level::Strict).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_assignment_skew_has_a_sign() {
        assert_eq!(parse(b"+0.26", Level::Assignment), Ok(260_000_000));
        assert!(parse(b"0.26", Level::Assignment).is_err());
    }

    #[test]
    fn a_skew_must_fit_the_clock() {
        assert!(is_plausible(500, 1000, (1400, 1600), 0));
        assert!(!is_plausible(500, 1000, (1600, 1700), 50));
        assert!(is_plausible(500, 1000, (1600, 1700), 100));
    }

    #[test]
    fn floats_and_microseconds_are_told_from_exact_skews() {
        let exact: Vec<i128> = (1..9).map(|n| n * 263_873_386 + 7).collect();
        let micro: Vec<i128> = exact.iter().map(|ns| ns / 1000 * 1000).collect();
        let server = 1_795_000_000.123_456_7_f64;
        let float = (1..9).map(|n| {
            let skew = server - (1_520_023_934.918_964_f64 + f64::from(n) * 0.7);
            parse(format!("{skew:+.9}").as_bytes(), Level::Strict).expect("a skew")
        });
        assert_eq!(rounding(&exact), None);
        assert!(rounding(&micro).is_some_and(|why| why.contains("microseconds")));
        assert!(rounding(&float.collect::<Vec<_>>()).is_some_and(|why| why.contains("floating")));
        assert!(rounding(&exact[..3]).is_some());
    }
}
