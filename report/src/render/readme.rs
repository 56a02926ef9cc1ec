use thiserror::Error;

use super::{
    format::{cleaned, commit, day, shortened},
    markdown::escaped,
    performance::performance,
    view::View,
};
use crate::analysis::Analysis;

/// What a README shows of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// One picture, the three sentences, and what they rest on.
    Answer,
    /// Ratios to the ceilings, memory and the herd, of a plan that has them.
    Performance,
}

/// Why a README cannot be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FillError {
    /// A mark is missing, or stands there more than once.
    #[error("the text must hold `{0}` exactly once")]
    Mark(&'static str),
    /// They stand the wrong way round.
    #[error("`{0}` must stand before `{1}`")]
    Order(&'static str, &'static str),
}

impl Piece {
    /// What stands before it and after it.
    fn marks(self) -> (&'static str, &'static str) {
        match self {
            Self::Answer => ("<!-- answer:begin -->", "<!-- answer:end -->"),
            Self::Performance => ("<!-- performance:begin -->", "<!-- performance:end -->"),
        }
    }
}

/// A piece for a README, with its marks. `results` is the run directory as the README links it, such as `results/standard`.
///
/// # Errors
/// If the analysis holds a number that JSON has not.
pub fn readme_piece(analysis: &Analysis, results: &str, piece: Piece) -> serde_json::Result<String> {
    let analysis = cleaned(analysis)?;
    let (begin, end) = piece.marks();
    let shown = match piece {
        Piece::Answer => answer(&analysis, results),
        Piece::Performance => performance(View { analysis: &analysis }),
    };
    Ok(format!("{begin}\n{shown}\n\n{}\n{end}", measured(&analysis, results)))
}

fn answer(analysis: &Analysis, results: &str) -> String {
    let sentences: Vec<_> = analysis.answer.sentences.iter().map(|one| escaped(one)).collect();
    format!(
        "[![Threads against async, by situation]({results}/answer.svg)]({results}/report.md)\n\n{}",
        sentences.join("\n")
    )
}

/// When, of what, on what, and where the rest is.
fn measured(analysis: &Analysis, results: &str) -> String {
    let manifest = &analysis.manifest;
    format!(
        "Measured {} at commit `{}` on {} ({} processors), plan {}. {}\n[All figures]({results}/report.md); \
         `{results}/index.html` is the page.",
        day(manifest.started_unix_s),
        escaped(&commit(manifest.commit.as_deref())),
        escaped(&shortened(&manifest.machine.processor, 80)),
        manifest.machine.processors,
        escaped(&shortened(&manifest.plan.name, 40)),
        escaped(&analysis.trust.line),
    )
}

/// A README's text with a piece, which holds its marks, in place of the one that stands there.
pub fn fill(readme: &str, text: &str, piece: Piece) -> Result<String, FillError> {
    let (begin, end) = piece.marks();
    let (from, to) = (only(readme, begin)?, only(readme, end)?);
    if to < from {
        return Err(FillError::Order(begin, end));
    }
    Ok(format!("{}{text}{}", &readme[..from], &readme[to + end.len()..]))
}

fn only(text: &str, mark: &'static str) -> Result<usize, FillError> {
    let mut found = text.match_indices(mark);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        _ => Err(FillError::Mark(mark)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- performance:begin -->";
    const END: &str = "<!-- performance:end -->";

    fn filled(readme: &str, text: &str) -> Result<String, FillError> {
        fill(readme, text, Piece::Performance)
    }

    #[test]
    fn a_readme_is_filled_between_its_marks_again_and_again() {
        let piece = format!("{BEGIN}\nnew\n{END}");
        let other = "<!-- answer:begin -->\nanother piece\n<!-- answer:end -->\n";
        let once = filled(&format!("{other}before\n{BEGIN}\nold\n{END}\nafter\n"), &piece).unwrap();
        assert_eq!(once, format!("{other}before\n{piece}\nafter\n"));
        assert_eq!(filled(&once, &piece).unwrap(), once);
    }

    #[test]
    fn a_readme_without_its_marks_is_refused() {
        assert_eq!(filled("nothing", "piece"), Err(FillError::Mark(BEGIN)));
        assert_eq!(filled(BEGIN, "piece"), Err(FillError::Mark(END)));
        assert_eq!(filled(&format!("{END}{BEGIN}"), "piece"), Err(FillError::Order(BEGIN, END)));
        assert_eq!(filled(&format!("{BEGIN}{BEGIN}{END}"), "piece"), Err(FillError::Mark(BEGIN)));
    }
}
