//! What the A/A control of a comparison measured, to draw noise from.

use thiserror::Error;

/// Fewer pairs are no noise to draw from: the blocks of the shortest plan.
const LEAST: usize = 7;

/// Why a text holds no pairs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PairsError {
    /// A line is not two numbers above zero.
    #[error("line {line}: expected two numbers above zero, as \"18321 18544\", found {found:?}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What it says.
        found: String,
    },
    /// There are too few.
    #[error("{0} pairs are too few to draw from: record at least {LEAST}")]
    TooFew(usize),
}

/// Reads what a recorded control measured: two numbers a line, of the same block, parted by blanks or a comma;
/// blank lines and lines that begin with `#` are passed over.
pub(crate) fn read_pairs(text: &str) -> Result<Vec<(f64, f64)>, PairsError> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let pairs: Vec<_> = lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| pair(line).ok_or_else(|| PairsError::Line { line: number, found: line.to_owned() }))
        .collect::<Result<_, _>>()?;
    enough(pairs)
}

/// These pairs, if there are enough of them to draw from.
pub(crate) fn enough(pairs: Vec<(f64, f64)>) -> Result<Vec<(f64, f64)>, PairsError> {
    if pairs.len() < LEAST { Err(PairsError::TooFew(pairs.len())) } else { Ok(pairs) }
}

/// How alike the log-ratios of neighbouring pairs are, from -1 to 1: what remains of a drift when block and order have
/// taken out theirs. By chance alone it errs by about 1 / sqrt(pairs). `None` if all ratios are the same.
pub(crate) fn lag_one_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let ratios: Vec<f64> = pairs.iter().map(|(one, other)| one.ln() - other.ln()).collect();
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    let products: f64 = ratios.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    let squares: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
    (squares > 0.0).then(|| products / squares)
}

fn pair(line: &str) -> Option<(f64, f64)> {
    let mut numbers = line.split([' ', '\t', ',']).filter(|word| !word.is_empty()).map(positive);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(one)), Some(Some(other)), None) => Some((one, other)),
        _ => None,
    }
}

fn positive(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_and_comments_passed_over() {
        let text = format!("# control\n\n18321 18544\n1.5,\t2.5\n{}", "1 2\n".repeat(5));
        let pairs = read_pairs(&text).unwrap();
        assert_eq!(pairs[..2], [(18321.0, 18544.0), (1.5, 2.5)]);
        assert_eq!(pairs.len(), 7);
    }

    #[test]
    fn neighbours_that_alternate_are_opposite() {
        let alternating: Vec<_> = (0..100).map(|block| if block % 2 == 0 { (1.0, 2.0) } else { (2.0, 1.0) }).collect();
        assert!((lag_one_correlation(&alternating).unwrap() + 0.99).abs() < 1e-9);
        assert_eq!(lag_one_correlation(&[(1.0, 1.0); 7]), None);
    }

    #[test]
    fn what_is_no_pair_is_told_with_its_line() {
        for line in ["1", "1 2 3", "1 x", "1 0", "1 -2", "1 inf", "1 NaN"] {
            let error = read_pairs(&format!("1 2\n{line}\n")).unwrap_err();
            assert_eq!(error, PairsError::Line { line: 2, found: line.to_owned() });
        }
        assert_eq!(read_pairs("1 2\n"), Err(PairsError::TooFew(1)));
    }
}
