use std::{fs, thread};

use serde::{Deserialize, Serialize};

use crate::run::{Plan, Poll, Workload};

/// What of a plan decides how fast the generator can be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Shape {
    connections: u32,
    depth: u32,
    workers: u32,
    requests_per_connection: Option<u32>,
    spins: bool,
    /// What the null server is asked, and how it answers.
    pub(super) of: String,
}

impl Shape {
    pub(super) fn of(plan: &Plan) -> Self {
        let of = match &plan.workload {
            Workload::Herd(_) => "IAMAT, echoed by an epoll null server",
            Workload::Raw(_) => "raw lines, each answered by an epoll null server with 90 bytes",
        };
        Self {
            connections: plan.connections,
            depth: plan.depth,
            workers: plan.workers,
            requests_per_connection: plan.requests_per_connection,
            spins: plan.poll == Poll::Spin,
            of: of.to_owned(),
        }
    }
}

/// This machine, as far as a ceiling depends on it: its name, its processors as this process may use them, its kernel.
pub(super) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).map_or("?".to_owned(), |text| text.trim().to_owned());
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("?", |(_, model)| model.trim());
    let count = thread::available_parallelism().map_or(0, usize::from);
    format!("{}: {count} of {model}, Linux {}", read("/proc/sys/kernel/hostname"), read("/proc/sys/kernel/osrelease"))
}
