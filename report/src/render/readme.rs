use thiserror::Error;

use super::{
    claims::claims_table,
    markdown::{herd, memory, versus},
    table::markdown_table,
    text::{cleaned, commit, day, escaped, shortened},
    view::{View, Winner, is_void, winner},
};
use crate::{
    analysis::{Analysis, AnswerPart, Row, Standing},
    plan::Metric,
};

/// What a README shows of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// One picture, a line for each decision, and what they rest on.
    Answer,
    /// Ratios to the ceilings, memory and the herd, of a plan that has them.
    Performance,
    /// The claims of the original report, with verdicts and figures.
    Claims,
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
            Self::Claims => ("<!-- claims:begin -->", "<!-- claims:end -->"),
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
        Piece::Claims => claims_table(&analysis.claims).trim_end().to_owned(),
    };
    Ok(format!("{begin}\n{shown}\n\n{}\n{end}", measured(&analysis, results)))
}

fn answer(analysis: &Analysis, results: &str) -> String {
    let answer = &analysis.answer;
    let list = |part| answer.lines_of(part).map(|line| ["- ", &escaped(&line.text), "\n"].concat()).collect::<String>();
    let bold = |one: &String| format!("**{}**\n", escaped(one));
    let sure = answer.lines_of(AnswerPart::Sure).map(|line| escaped(&line.text) + "\n").collect();
    let parts = [
        answer.caution.iter().map(bold).collect(),
        list(AnswerPart::Models),
        answer.choices.iter().map(bold).collect(),
        sure,
        list(AnswerPart::Languages),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part: &String| !part.is_empty()).collect();
    let picture = format!("[![What each server costs, by situation]({results}/answer.svg)]({results}/report.md)");
    format!("{picture}\n\n{}", parts.join("\n").trim_end())
}

/// When, of what, on what, and where the rest is.
fn measured(analysis: &Analysis, results: &str) -> String {
    let manifest = &analysis.manifest;
    format!(
        "Measured {} at commit `{}` on {} ({} processors), plan {}. {}\n[All figures]({results}/report.md); \
         `{results}/index.html` is the page.",
        day(manifest.started_unix_s),
        escaped(&commit(manifest.commit.as_deref())),
        escaped(&shortened(&manifest.machine.named(), 140)),
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

/// What stands for a figure that there is not.
const NONE: &str = "–";

/// What a README shows of a comparison with ceilings: two variants in a line, memory, and the herd.
pub(super) fn performance(view: View<'_>) -> String {
    let heads = ["Workload", "a / b", "Throughput, a/b", "CPU per request, a/b", "a minus b"].map(str::to_owned);
    let races = markdown_table(&heads, comparisons(view).into_iter().map(|row| race(view, row)));
    let parts = [races, legend(view), memory(view), herd(view)];
    parts.iter().map(|one| one.trim_end()).filter(|one| !one.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A primary row for each two variants of a workload, in the order of the plan.
fn comparisons(view: View<'_>) -> Vec<&Row> {
    let mut comparisons: Vec<&Row> = Vec::new();
    for row in view.own_rows(Standing::Primary) {
        if !comparisons.iter().any(|known| is_same(known, row)) {
            comparisons.push(row);
        }
    }
    comparisons
}

fn is_same(one: &Row, other: &Row) -> bool {
    (&one.workload, &one.a, &one.b) == (&other.workload, &other.a, &other.b)
}

fn race(view: View<'_>, comparison: &Row) -> Vec<String> {
    let by = |metric| view.analysis.rows.iter().find(|row| is_same(row, comparison) && row.metric == metric);
    let cpu = by(Metric::CpuPerRequest);
    let difference = cpu.filter(|row| !is_void(row)).and_then(|row| row.difference);
    let about =
        view.workload(&comparison.workload).map_or(comparison.workload.as_str(), |workload| workload.about.as_str());
    vec![
        escaped(&shortened(about, 80)),
        escaped(&versus(view, comparison)),
        by(Metric::Throughput).map_or_else(|| NONE.to_owned(), ratio),
        cpu.map_or_else(|| NONE.to_owned(), ratio),
        difference.map_or_else(|| NONE.to_owned(), |difference| escaped(&difference.words())),
    ]
}

/// A ratio: bold with a verdict, struck out where the control voids it.
fn ratio(row: &Row) -> String {
    let ratio = escaped(&row.figure());
    match winner(row) {
        _ if row.ratio.is_none() => ratio,
        _ if is_void(row) => format!("~~{ratio}~~"),
        Winner::A | Winner::B => format!("**{ratio}**"),
        Winner::Neither => ratio,
    }
}

fn legend(view: View<'_>) -> String {
    let primary = view.own_rows(Standing::Primary).len();
    format!(
        "Bold: a difference that is shown, at a level that the {primary} ratios named before the run share; the others of them \
         show none, and those of processor time that were not named are intervals alone. CPU is the server's own, and a minus b \
         is what it spends more on a request, at 95 %. What is struck out says nothing: the same server twice differed as much."
    )
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
