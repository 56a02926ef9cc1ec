use super::evidence::Ledger;
use crate::{plan::Workload, results::Run};

/// Where the load generator is built.
const LOADGEN: &str = "target/release/loadgen";

/// Command lines that repeat it: the whole comparison; then, once all is built, the stand-in for places, the server and the
/// load of each workload's first run of threads, or of whoever ran it.
pub(super) fn commands(ledger: &Ledger<'_>) -> Vec<String> {
    let first = |workload: &&Workload| -> Option<Vec<String>> {
        let variants = std::iter::once(ledger.plan().threads.as_str()).chain(ledger.variants_of(workload));
        let run = variants.into_iter().find_map(|name| ledger.first_command(&workload.name, name))?;
        let Run { server_command, command, .. } = run;
        Some(one_run(server_command, command, workload.places_delay_ms))
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

/// What a shell takes to make one run again: servers had ports of the system's choice, so they are told those of the load.
fn one_run(server: &[String], load: &[String], places_delay_ms: Option<f64>) -> Vec<String> {
    let mut commands = Vec::new();
    let asked = server.iter().find_map(|word| word.strip_prefix("google-legacy=http://"));
    if let (Some(places), Some(delay_ms)) = (asked, places_delay_ms) {
        commands.push(format!("{LOADGEN} places --listen {places} --fixed --delay {delay_ms}ms &"));
    }
    let entry = after("--server", load).map(|entry| Entry::of(entry));
    let target = after("--target", load).map(String::as_str).or(entry.as_ref().map(|entry| entry.target));
    let mut server = server.to_vec();
    if let (Some(listen), Some(target)) = (server.iter_mut().find(|word| word.ends_with(":0")), target) {
        target.clone_into(listen);
    }
    if !server.is_empty() {
        commands.push(format!("{} &", line(&server)));
    }
    let own = after("--server-pid", load);
    let words = load.iter().enumerate().map(|(index, word)| match word.as_str() {
        "loadgen" if index == 0 => LOADGEN.to_owned(),
        word if own.is_some_and(|own| own == word) => "$!".to_owned(),
        word if entry.as_ref().is_some_and(|entry| entry.word == word) => word.replace(entry_pid(word), "pid=$!"),
        word => quoted(word),
    });
    commands.push(words.collect::<Vec<_>>().join(" "));
    commands
}

/// A server of a race as it stands on the command line: `NAME=ADDR,pid=PID`.
struct Entry<'a> {
    word: &'a str,
    target: &'a str,
}

impl<'a> Entry<'a> {
    fn of(word: &'a str) -> Self {
        let target = word.split(['=', ',']).nth(1).unwrap_or_default();
        Self { word, target }
    }
}

/// The part of it that names the process.
fn entry_pid(word: &str) -> &str {
    word.split(',').find(|part| part.starts_with("pid=")).unwrap_or(word)
}

/// The word that follows another.
fn after<'a>(flag: &str, words: &'a [String]) -> Option<&'a String> {
    words.iter().skip_while(|word| *word != flag).nth(1)
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

    #[test]
    fn a_race_is_repeated_with_one_server() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let server = "herd serve G --listen 127.0.0.1:0";
        let load = "loadgen race --server herd-threads=127.0.0.1:39,pid=42 --slice 0.1s";
        assert_eq!(
            one_run(&words(server), &words(load), None),
            [
                "herd serve G --listen 127.0.0.1:39 &",
                "target/release/loadgen race --server herd-threads=127.0.0.1:39,pid=$! --slice 0.1s",
            ]
        );
    }

    #[test]
    fn a_run_is_repeated_with_its_ports_and_without_its_process() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let server =
            "herd serve G --listen 127.0.0.1:0 --peer-listen 127.0.0.1:0 --places google-legacy=http://127.0.0.1:34";
        let load = "loadgen run --closed --target 127.0.0.1:39 --server-pid 42 --json run.json";
        assert_eq!(
            one_run(&words(server), &words(load), Some(50.0)),
            [
                "target/release/loadgen places --listen 127.0.0.1:34 --fixed --delay 50ms &",
                "herd serve G --listen 127.0.0.1:39 --peer-listen 127.0.0.1:0 --places google-legacy=http://127.0.0.1:34 &",
                "target/release/loadgen run --closed --target 127.0.0.1:39 --server-pid $! --json run.json",
            ]
        );
    }
}
