use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{markdown, page, svg::answer_svg};
use crate::analysis::Analysis;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The page.
    pub page: PathBuf,
    /// The same in short, for a repository or a pull request.
    pub markdown: PathBuf,
    /// The analysis itself.
    pub json: PathBuf,
    /// The answer's picture, for a README.
    pub answer: PathBuf,
}

/// Writes `index.html`, `report.md`, `report.json` and `answer.svg` into a run directory. Each is whole or not there, and
/// the same analysis gives the same bytes.
pub fn render(analysis: &Analysis, directory: &Path) -> io::Result<Rendered> {
    let json = serde_json::to_string_pretty(analysis)? + "\n";
    Ok(Rendered {
        page: whole(directory, "index.html", &page(analysis)?)?,
        markdown: whole(directory, "report.md", &markdown(analysis)?)?,
        json: whole(directory, "report.json", &json)?,
        answer: whole(directory, "answer.svg", &answer_svg(analysis)?)?,
    })
}

/// Writes a file beside its place and moves it there.
fn whole(directory: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let path = directory.join(name);
    let beside = directory.join(format!(".{name}.new"));
    let mut file = fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    Ok(path)
}
