//! Numbers for readers: no more digits than the interval beside them carries.

/// A share as a percentage of at most two decimals, without the sign: `95`, `98.33`.
#[must_use]
pub fn percent(share: f64) -> String {
    trimmed(&format!("{:.2}", share * 100.0))
}

/// Without zeros at the end of the decimals.
fn trimmed(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_owned() }
}
