use std::{fs, path::PathBuf, time::Duration};

use super::{
    super::{
        Context,
        context::{Missing, words},
    },
    table::Toolchain,
    workshop::Workshop,
};

/// For a compiler or checker, which may first have to build what the herd depends on.
const PATIENCE: Duration = Duration::from_mins(15);
/// Where `npm ci` puts TypeScript and what it knows of Node.js, from the project's directory.
const TYPESCRIPT: &str = "target/rivals/checkers/node_modules";

/// The complaints of a compiler or checker about a server, each a line, without the numbers of lines: by them, what is new
/// is told from what is complained of without a fault.
pub(super) fn complaints(
    context: &Context<'_>,
    workshop: &Workshop,
    toolchain: Toolchain,
    file: &str,
) -> anyhow::Result<Vec<String>> {
    let said = workshop.built.join(format!("{}.txt", toolchain.name()));
    let shell = ["sh", "-c", "exec \"$@\" > \"$0\" 2>&1", &said.display().to_string()].map(str::to_owned);
    let arguments: Vec<String> = shell.into_iter().chain(command(context, workshop, toolchain, file)).collect();
    let succeeded = context.run(&workshop.root, &arguments, PATIENCE).is_ok();
    let said = String::from_utf8_lossy(&fs::read(&said)?).into_owned();
    let found: Vec<String> = said.lines().filter(|line| line.contains("error")).map(str::to_owned).collect();
    anyhow::ensure!(succeeded || !found.is_empty(), "{} failed without an error:\n{said}", toolchain.name());
    Ok(if succeeded { Vec::new() } else { found })
}

/// Those that are not among the complaints that come without a fault.
pub(super) fn new_among<'a>(found: &'a [String], before: &[String]) -> Vec<&'a String> {
    let mut before: Vec<String> = before.iter().map(|line| without_numbers(line)).collect();
    let is_new = |line: &&String| {
        let known = before.iter().position(|known| *known == without_numbers(line));
        known.map(|known| before.swap_remove(known)).is_none()
    };
    found.iter().filter(is_new).collect()
}

fn without_numbers(line: &str) -> String {
    line.chars().filter(|char| !char.is_ascii_digit()).collect()
}

/// What is missing for a checker that is no part of its language.
pub(super) fn missing(context: &Context<'_>, toolchain: Toolchain) -> Option<Missing> {
    match toolchain {
        Toolchain::Mypy => {
            let probe = [python(context), "-m".to_owned(), "mypy".to_owned(), "--version".to_owned()];
            context.run(&context.project, &probe, PATIENCE).err().map(|_| {
                "it needs mypy: target/rivals/venv/bin/pip install -r benches/rivals/faults/requirements.txt".to_owned()
            })
        }
        Toolchain::Tsc => (!context.project.join(TYPESCRIPT).join("typescript/bin/tsc").is_file()).then(|| {
            "it needs TypeScript: mkdir -p target/rivals/checkers && cp benches/rivals/faults/package*.json \
             target/rivals/checkers && npm ci --prefix target/rivals/checkers"
                .to_owned()
        }),
        Toolchain::Rustc | Toolchain::Javac | Toolchain::Python | Toolchain::Node => None,
    }
}

/// The command that has a server checked, as the language's users would.
fn command(context: &Context<'_>, workshop: &Workshop, toolchain: Toolchain, file: &str) -> Vec<String> {
    let built = |name: &str| workshop.built.join(name).display().to_string();
    let types: PathBuf = context.project.join(TYPESCRIPT);
    match toolchain {
        Toolchain::Rustc => {
            let check =
                ["cargo", "check", "--locked", "--quiet", "--message-format", "short", "--package", "herd", "--bins"];
            [words(&check), vec!["--target-dir".to_owned(), built("cargo")]].concat()
        }
        Toolchain::Javac => words(&["javac", "--release", "17", "-d", "target/rivals/java", file]),
        Toolchain::Mypy => {
            let strict = ["-m", "mypy", "--strict", "--no-error-summary", "--no-color-output", "--cache-dir"];
            [vec![python(context)], words(&strict), vec![built("mypy"), file.to_owned()]].concat()
        }
        Toolchain::Tsc => {
            let tsc = types.join("typescript/bin/tsc").display().to_string();
            let flags = ["--allowJs", "--checkJs", "--strict", "--noEmit", "--pretty", "false", "--target", "es2023"];
            let modules = ["--module", "nodenext", "--types", "node", "--typeRoots"];
            let roots = types.join("@types").display().to_string();
            [words(&["node"]), vec![tsc], words(&flags), words(&modules), vec![roots, file.to_owned()]].concat()
        }
        // Nothing looks at them before they start.
        Toolchain::Python | Toolchain::Node => words(&["true"]),
    }
}

/// The Python that has mypy: that of the rivals' environment where there is one.
fn python(context: &Context<'_>) -> String {
    let own = context.project.join("target/rivals/venv/bin/python3");
    if own.is_file() { own.display().to_string() } else { "python3".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_complained_of_anyway_is_not_new_however_far_it_has_moved() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let before = lines(&["a.py:7: error: untyped", "a.py:9: error: untyped"]);
        let found = lines(&["a.py:6: error: untyped", "a.py:7: error: no attribute", "a.py:8: error: untyped"]);
        assert_eq!(new_among(&found, &before), [&found[1]]);
        assert_eq!(new_among(&lines(&["a.py:1: error: untyped"; 3]), &before).len(), 1);
    }
}
