use std::{fs, thread};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;

use crate::results::Machine;

/// Limits of the system that decide how many connections and threads there can be, with the files that tell them.
const LIMITS: [(&str, &str); 4] = [
    ("pid_max", "/proc/sys/kernel/pid_max"),
    ("max_map_count", "/proc/sys/vm/max_map_count"),
    ("threads-max", "/proc/sys/kernel/threads-max"),
    ("ip_local_port_range", "/proc/sys/net/ipv4/ip_local_port_range"),
];

/// What there is to know of this machine, with the spin probe that was made.
pub(super) fn machine(stalls: Value) -> Machine {
    let descriptors = descriptors().map_or("unlimited".to_owned(), |files| files.to_string());
    let told = LIMITS.iter().filter_map(|(name, file)| Some(((*name).to_owned(), line_of(file)?)));
    Machine {
        processor: after(&text_of("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
        processors: processors(),
        memory_kib: after(&text_of("/proc/meminfo"), "MemTotal").and_then(|text| number(&text)).unwrap_or(0),
        kernel: line_of("/proc/sys/kernel/osrelease").unwrap_or_default(),
        system: system().unwrap_or_else(|| "unknown".to_owned()),
        limits: [("nofile".to_owned(), descriptors)].into_iter().chain(told).collect(),
        load_average: load_average(),
        stalls,
    }
}

/// Raises the limit of open files as far as it may be raised, for this program and what it starts, and gives it; `None`
/// where there is none.
pub(super) fn descriptors() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current }
}

/// A number that the system tells in a file of its own.
pub(super) fn limit(file: &str) -> Option<u64> {
    number(&line_of(file)?)
}

/// Load average of the last minute.
pub(super) fn load_average() -> f64 {
    text_of("/proc/loadavg").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// Processors that this program may use.
pub(super) fn processors() -> u32 {
    thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

fn system() -> Option<String> {
    let text = text_of("/etc/os-release");
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

/// What follows a name and a colon.
fn after(text: &str, name: &str) -> Option<String> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.split_once(':')?.1.trim().to_owned())
}

fn number(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

fn line_of(file: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    Some(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

fn text_of(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
