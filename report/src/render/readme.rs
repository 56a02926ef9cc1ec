use thiserror::Error;

use super::{
    format::{cleaned, commit, day, shortened},
    markdown::escaped,
};
use crate::analysis::Analysis;

/// What stands before the piece in a README.
const BEGIN: &str = "<!-- answer:begin -->";
/// What stands after it.
const END: &str = "<!-- answer:end -->";

/// Why a README cannot be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FillError {
    /// A marker is missing, or stands there more than once.
    #[error("the text must hold `{0}` exactly once")]
    Marker(&'static str),
    /// They stand the wrong way round.
    #[error("`{BEGIN}` must stand before `{END}`")]
    Order,
}

/// The answer for a README, between its markers: one picture, the three sentences, and what they rest on. `results` is
/// the run directory as the README links it, such as `results/standard`.
///
/// # Errors
/// If the analysis holds a number that JSON has not.
pub fn readme_piece(analysis: &Analysis, results: &str) -> serde_json::Result<String> {
    let analysis = cleaned(analysis)?;
    let manifest = &analysis.manifest;
    let sentences: String = analysis.answer.sentences.iter().map(|one| escaped(one) + "\n").collect();
    let picture = format!("[![Threads against async, by situation]({results}/answer.svg)]({results}/report.md)");
    let rest = format!(
        "Measured {} at commit `{}` on {} ({} processors), plan {}. {}\n[All figures]({results}/report.md); \
         `{results}/index.html` is the page.",
        day(manifest.started_unix_s),
        escaped(&commit(manifest.commit.as_deref())),
        escaped(&shortened(&manifest.machine.processor, 80)),
        manifest.machine.processors,
        escaped(&shortened(&manifest.plan.name, 40)),
        escaped(&analysis.trust.line),
    );
    Ok(format!("{BEGIN}\n{picture}\n\n{sentences}\n{rest}\n{END}"))
}

/// A README's text with the piece between its markers replaced.
pub fn fill(readme: &str, piece: &str) -> Result<String, FillError> {
    let (begin, end) = (only(readme, BEGIN)?, only(readme, END)?);
    if end < begin {
        return Err(FillError::Order);
    }
    Ok(format!("{}{piece}{}", &readme[..begin], &readme[end + END.len()..]))
}

fn only(text: &str, marker: &'static str) -> Result<usize, FillError> {
    let mut found = text.match_indices(marker);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        _ => Err(FillError::Marker(marker)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_is_filled_between_its_markers_again_and_again() {
        let piece = format!("{BEGIN}\nnew\n{END}");
        let once = fill(&format!("before\n{BEGIN}\nold\n{END}\nafter\n"), &piece).unwrap();
        assert_eq!(once, format!("before\n{piece}\nafter\n"));
        assert_eq!(fill(&once, &piece).unwrap(), once);
    }

    #[test]
    fn a_readme_without_its_markers_is_refused() {
        assert_eq!(fill("nothing", "piece"), Err(FillError::Marker(BEGIN)));
        assert_eq!(fill(BEGIN, "piece"), Err(FillError::Marker(END)));
        assert_eq!(fill(&format!("{END}{BEGIN}"), "piece"), Err(FillError::Order));
        assert_eq!(fill(&format!("{BEGIN}{BEGIN}{END}"), "piece"), Err(FillError::Marker(BEGIN)));
    }
}
