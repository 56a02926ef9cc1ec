use std::{
    io,
    os::unix::process::CommandExt,
    process::{self, Command},
};

use rustix::{
    process::{Signal, getppid, set_parent_process_death_signal},
    thread::{CpuSet, sched_setaffinity},
};

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
