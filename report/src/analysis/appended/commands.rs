use crate::{
    analysis::evidence::{Ledger, Reading},
    plan::Workload,
};

/// Command lines that repeat it: the whole comparison, then the server and the load of each workload's first run of threads,
/// or of whoever ran it.
pub(super) fn commands(ledger: &Ledger<'_>) -> Vec<String> {
    let first = |workload: &&Workload| -> Option<[String; 2]> {
        let variants = std::iter::once(ledger.plan().threads.as_str()).chain(ledger.variants_of(workload));
        let reading = variants.into_iter().find_map(|name| ledger.readings(&workload.name, name).into_iter().next())?;
        Some(server_and_load(reading))
    };
    let of_workloads = ledger.plan().workload.iter().filter_map(|workload| first(&workload)).flatten();
    let mut commands = vec![whole(ledger)];
    for command in of_workloads {
        if !command.is_empty() && !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

fn whole(ledger: &Ledger<'_>) -> String {
    let typed = &ledger.manifest.command;
    let arguments = typed.iter().position(|word| word == "compare").map(|at| &typed[at + 1..]);
    match arguments {
        Some([]) | None => format!("cargo compare --plan {}", quoted(&ledger.plan().name)),
        Some(arguments) => format!("cargo compare {}", line(arguments)),
    }
}

fn server_and_load(reading: &Reading<'_>) -> [String; 2] {
    [line(&reading.run.server_command), line(&reading.run.command)]
}

fn line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        let words = ["--fail-if", "p99>20ms", "it's", ""].map(str::to_owned);
        assert_eq!(line(&words), r"--fail-if 'p99>20ms' 'it'\''s' ''");
    }
}
