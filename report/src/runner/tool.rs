use std::{
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use super::{guard::Guard, interrupt::Interrupt};
use crate::variant::{Process, VariantError};

/// How often a wait looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(100);

/// The load generator, which is part of this program.
#[derive(Clone, Debug)]
pub(super) struct Tool {
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

impl Tool {
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
