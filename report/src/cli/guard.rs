use std::process::ExitCode;

use clap::Args;

/// The command cannot be started; shells use it so.
const NOT_STARTED: u8 = 127;

/// Becomes a command that is killed when the comparison that started it ends.
#[derive(Args, Debug)]
pub(super) struct GuardArgs {
    /// The process that starts it.
    #[arg(long, value_name = "PID")]
    parent: u32,
    /// The processors that it may use; all where none are given.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    cpus: Vec<usize>,
    /// The command.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl GuardArgs {
    /// Becomes the command.
    pub(super) fn execute(&self) -> ExitCode {
        let error = report::runner::enter(self.parent, &self.cpus, &self.command);
        eprintln!("report guard: cannot become `{}`: {error}", self.command.join(" "));
        ExitCode::from(NOT_STARTED)
    }
}
