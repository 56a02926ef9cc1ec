use std::{
    io,
    os::unix::process::CommandExt,
    process::{self, Command, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{
    process::{Signal, getppid, set_parent_process_death_signal},
    thread::{CpuSet, sched_setaffinity},
};

use crate::variant::{Process, VariantError};

/// How often a wait looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(100);

/// Starts every process of a comparison: this program itself, by its command `guard`, which sees to it that the process is
/// killed when the comparison ends, however that happens, and then becomes the process.
///
/// The kernel kills it when the thread ends that started it: only a thread that lives as long as the comparison may.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    processors: Option<Vec<usize>>,
}

impl Guard {
    /// This program as it is running: another version of it may take its place on the disk meanwhile.
    pub(super) const PROGRAM: &str = "/proc/self/exe";

    /// For processes that may use these processors, or all where none are given.
    pub(super) fn new(processors: Option<Vec<usize>>) -> Self {
        Self { processors }
    }

    /// What stands before a command line.
    pub(super) fn prefix(&self) -> Vec<String> {
        let mut prefix = [Self::PROGRAM, "guard", "--parent"].map(str::to_owned).to_vec();
        prefix.push(process::id().to_string());
        if let Some(processors) = &self.processors {
            let list: Vec<String> = processors.iter().map(ToString::to_string).collect();
            prefix.extend(["--cpus".to_owned(), list.join(",")]);
        }
        prefix.push("--".to_owned());
        prefix
    }
}

/// What stands before the command line of a process that is to end with this one, started by the main thread.
#[must_use]
pub fn guard() -> Vec<String> {
    Guard::new(None).prefix()
}

/// Becomes the command, to be killed when the thread that started this process ends. Returns only what went wrong.
#[must_use]
pub fn enter(parent: u32, processors: &[usize], command: &[String]) -> io::Error {
    let Err(error) = prepare(parent, processors) else {
        // Whoever lists processes should see what it is, not how it was found.
        let shown = if command[0] == Guard::PROGRAM { "report" } else { &command[0] };
        return Command::new(&command[0]).arg0(shown).args(&command[1..]).exec();
    };
    error
}

fn prepare(parent: u32, processors: &[usize]) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // A parent that ended before this was asked for sends nothing.
    if getppid().is_none_or(|found| u32::try_from(found.as_raw_nonzero().get()) != Ok(parent)) {
        return Err(io::Error::other("the comparison has ended"));
    }
    if !processors.is_empty() {
        let mut set = CpuSet::new();
        for processor in processors {
            set.set(*processor);
        }
        sched_setaffinity(None, &set)?;
    }
    Ok(())
}

/// The load generator, which is part of this program.
#[derive(Clone, Debug)]
pub(super) struct Loadgen {
    guard: Guard,
}

/// How a command of the load generator ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// `None` where it had to be killed.
    pub(super) status: Option<ExitStatus>,
    /// Its last lines on both streams.
    pub(super) said: String,
}

impl Loadgen {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Starts one of its commands.
    pub(super) fn start(&self, arguments: &[String]) -> Result<Process, VariantError> {
        let prefix = self.guard.prefix();
        let mut command = Command::new(&prefix[0]);
        command.args(&prefix[1..]).arg(Guard::PROGRAM).arg("loadgen").args(arguments);
        Process::of(&mut command, told(arguments).join(" "))
    }

    /// Runs one of its commands to its end, kills it where it takes longer than it may.
    pub(super) fn run(&self, arguments: &[String], patience: Duration, interrupt: &Interrupt) -> anyhow::Result<Ended> {
        let mut process = self.start(arguments)?;
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = process.wait(LOOK)? {
                return Ok(Ended { status: Some(status), said: process.said() });
            }
            interrupt.check()?;
            if Instant::now() > deadline {
                return Ok(Ended { status: None, said: process.said() });
            }
        }
    }
}

/// A command line as a reader can repeat it.
pub(super) fn told(arguments: &[String]) -> Vec<String> {
    ["loadgen".to_owned()].into_iter().chain(arguments.iter().cloned()).collect()
}

/// Somebody wants the comparison to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Whether SIGINT or SIGTERM came.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes note of the first signal; the second one ends this program at once, and all that it started with it.
    pub(super) fn on_signals() -> io::Result<Self> {
        loadgen::interrupt::on_signals().map(Self)
    }

    /// Fails once a signal came.
    pub(super) fn check(&self) -> Result<(), Interrupted> {
        if self.0.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
    }
}
