use std::{process::ExitStatus, time::Duration};

use nix::{
    sys::{
        resource::{Usage, UsageWho, getrusage},
        time::TimeValLike,
    },
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

use crate::{
    results::{ServerRun, Switches},
    variant::{Launch, Running, Variant, VariantError},
};

/// One server of a block.
pub(super) struct Server {
    /// The variant's name.
    pub(super) name: String,
    running: Running,
    /// The command line that started it.
    pub(super) command: Vec<String>,
    /// Right replies so far.
    pub(super) replies: u64,
}

impl Server {
    pub(super) fn start(variant: &Variant, launch: &Launch) -> Result<Self, VariantError> {
        let running = variant.start(launch)?;
        Ok(Self { name: variant.name.clone(), running, command: variant.command_line(launch), replies: 0 })
    }

    pub(super) fn id(&self) -> u32 {
        self.running.id()
    }

    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.running.ready().clients
    }

    /// Its admin pages, if it has any.
    pub(super) fn admin(&self) -> Option<std::net::SocketAddr> {
        self.running.ready().admin
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

    /// Its processor time so far, in seconds. `/proc/PID/stat` has it in steps of 10 ms, which is too coarse here.
    pub(super) fn cpu_s(&self) -> f64 {
        let pid = Pid::from_raw(i32::try_from(self.id()).unwrap_or_default());
        let used = clock_getcpuclockid(pid).and_then(clock_gettime);
        used.map_or(0.0, |used| Duration::from(used).as_secs_f64())
    }

    /// Stops it where it stands while others are measured.
    pub(super) fn pause(&self) {
        // Only a server that has ended cannot be paused; whoever measures it next is told how it ended.
        let _has_ended = self.running.pause();
    }

    /// Lets it go on.
    pub(super) fn resume(&self) {
        let _has_ended = self.running.resume();
    }

    /// Asks it to drain, and tells what it did. No other process may be waited for meanwhile.
    pub(super) fn end(self, block: u32) -> ServerRun {
        let Self { name, running, command, replies } = self;
        // One that is paused hears no signal.
        let _has_ended = running.resume();
        let before = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let ended = running.stop();
        let after = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let used = before.zip(after);
        ServerRun {
            format: ServerRun::FORMAT.to_owned(),
            block,
            variant: name,
            command,
            replies,
            switches: used.and_then(|(before, after)| switches(&before, &after)),
            cpu_s: used.map_or(0.0, |(before, after)| cpu_s(&after) - cpu_s(&before)),
            end: how(&ended),
        }
    }
}

fn how(ended: &Result<ExitStatus, VariantError>) -> String {
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
