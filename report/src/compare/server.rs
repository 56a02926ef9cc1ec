use std::{
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use loadgen::run::Cpu;
use nix::sys::{
    resource::{Usage, UsageWho, getrusage},
    time::TimeValLike,
};

use crate::{
    record::{Life, Switches},
    variant::{Launch, Running, Variant, VariantError},
};

/// Between two looks at whether servers are at rest.
const LOOK: Duration = Duration::from_millis(50);
/// For servers to come to rest: a Java server still compiles, one of 10,000 threads still ends them.
const REST: Duration = Duration::from_secs(5);
/// Processor time between two looks that counts as rest: one tick, in which the system counts.
const TICK_S: f64 = 0.011;

/// One server of a block.
pub(super) struct Server {
    running: Running,
    /// The command line that started it.
    pub(super) command: Vec<String>,
    /// Right replies so far.
    pub(super) replies: u64,
}

impl Server {
    pub(super) fn start(variant: &Variant, launch: &Launch) -> Result<Self, VariantError> {
        let running = variant.start(launch)?;
        Ok(Self { running, command: variant.command_line(launch), replies: 0 })
    }

    pub(super) fn id(&self) -> u32 {
        self.running.id()
    }

    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.running.ready().clients
    }

    /// The last lines that it printed.
    pub(super) fn said(&self) -> String {
        self.running.said()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        match self.running.ended() {
            Ok(status) => status.map(|status| status.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// Its processor time so far, in steps of 10 ms.
    pub(super) fn cpu_s(&self) -> f64 {
        Cpu::of(self.id()).map_or(0.0, Cpu::total_s)
    }

    /// Asks it to drain, and tells its life. No other process may be waited for meanwhile.
    pub(super) fn end(self, block: u32, variant: &str) -> Life {
        let Self { running, command, replies } = self;
        let before = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let ended = running.stop();
        let after = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let used = before.zip(after);
        Life {
            format: Life::FORMAT.to_owned(),
            block,
            variant: variant.to_owned(),
            command,
            replies,
            switches: used.and_then(|(before, after)| switches(&before, &after)),
            cpu_s: used.map_or(0.0, |(before, after)| cpu_s(&after) - cpu_s(&before)),
            end: how(ended),
        }
    }
}

fn how(ended: Result<ExitStatus, VariantError>) -> String {
    match ended {
        Ok(status) if status.success() => "drained".to_owned(),
        Ok(status) => status.to_string(),
        Err(error) => format!("killed: {}", error.to_string().lines().next().unwrap_or_default()),
    }
}

fn switches(before: &Usage, after: &Usage) -> Option<Switches> {
    let between = |from: i64, to: i64| u64::try_from(to - from).ok();
    Some(Switches {
        voluntary: between(before.voluntary_context_switches(), after.voluntary_context_switches())?,
        involuntary: between(before.involuntary_context_switches(), after.involuntary_context_switches())?,
    })
}

fn cpu_s(usage: &Usage) -> f64 {
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

/// Processor time of all of them together, in steps of 10 ms.
pub(super) fn cpu_of<'a>(servers: impl Iterator<Item = &'a Server>) -> f64 {
    servers.map(Server::cpu_s).sum()
}

/// Waits until all of them are at rest, but not for long.
pub(super) fn await_rest<'a>(servers: impl Iterator<Item = &'a Server> + Clone) {
    let deadline = Instant::now() + REST;
    let mut last_s = cpu_of(servers.clone());
    while Instant::now() < deadline {
        thread::sleep(LOOK);
        let now_s = cpu_of(servers.clone());
        if now_s - last_s < TICK_S {
            return;
        }
        last_s = now_s;
    }
}
