use std::{
    env,
    ffi::OsString,
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
    process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open},
};

use super::{Variant, VariantError, output::Output};

/// A running process in a process group of its own. When it is dropped, the whole group is killed.
pub(crate) struct Process {
    child: Child,
    command: String,
    out: Output,
    err: Output,
}

impl Variant {
    /// Runs a command to its end and gives the first line that it printed.
    pub(super) fn run_to_end(&self, command: &[String], patience: Duration) -> Result<String, VariantError> {
        let mut process = Process::spawn(self, command)?;
        let Some(status) = process.wait(patience)? else { return Err(process.late("done", patience)) };
        if !status.success() {
            return Err(process.failed(status));
        }
        Ok(process.out.first_line().or_else(|| process.err.first_line()).unwrap_or_default())
    }

    /// A command in the variant's directory, without any of the caller's settings for a herd.
    fn command(&self, arguments: &[String]) -> Command {
        let program = &arguments[0];
        // A path is meant from the directory where the command runs, not from the caller's.
        let is_path = program.contains('/');
        let mut command = if is_path { Command::new(self.directory.join(program)) } else { Command::new(program) };
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HERD_")) {
            command.env_remove(name);
        }
        command.args(&arguments[1..]).current_dir(&self.directory).env("PATH", self.search_path());
        command
    }

    /// The variant's own directories of programs, then those of the caller.
    pub(super) fn search_path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let own = self.path.iter().filter(|path| path.is_dir()).cloned();
        // Only a directory with a colon in its name cannot be joined.
        env::join_paths(own.chain(env::split_paths(&inherited))).unwrap_or(inherited)
    }
}

impl Process {
    pub(super) fn spawn(variant: &Variant, arguments: &[String]) -> Result<Self, VariantError> {
        Self::of(&mut variant.command(arguments), arguments.join(" "))
    }

    /// Starts a command behind the variant's guard, if it has one; failures tell the command alone.
    pub(crate) fn guarded(variant: &Variant, arguments: &[String]) -> Result<Self, VariantError> {
        let guarded: Vec<String> = variant.guard.iter().chain(arguments).cloned().collect();
        Self::of(&mut variant.command(&guarded), arguments.join(" "))
    }

    /// Starts a command in a process group of its own; failures tell it as `command`.
    pub(crate) fn of(started: &mut Command, command: String) -> Result<Self, VariantError> {
        started.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let not_started = |cause| VariantError::NotStarted { command: command.clone(), cause };
        let mut child = started.spawn().map_err(not_started)?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let nothing = || Box::new(io::empty()) as Box<dyn io::Read + Send>;
        let out = Output::of(out.map_or_else(nothing, |out| Box::new(out)));
        let err = Output::of(err.map_or_else(nothing, |err| Box::new(err)));
        Ok(Self { child, command, out, err })
    }

    /// The process ID, which is also its group's.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the line that tells that a server is ready.
    pub(crate) fn ready_line(&mut self, patience: Duration) -> Result<String, VariantError> {
        match self.out.ready_line(Instant::now() + patience) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => Err(self.late("ready", patience)),
            Err(RecvTimeoutError::Disconnected) => Err(self.ended_early(patience)),
        }
    }

    /// How the process ended before it was ready; one that only closed its output is killed.
    fn ended_early(&mut self, patience: Duration) -> VariantError {
        match self.wait(patience) {
            Ok(Some(status)) => self.failed(status),
            Ok(None) => self.late("ready", patience),
            Err(error) => error,
        }
    }

    /// Waits for the end of the process, kills what it left of its group, and gives its exit status; `None` when it
    /// has not ended in time.
    pub(crate) fn wait(&mut self, patience: Duration) -> Result<Option<ExitStatus>, VariantError> {
        self.await_end(patience).map_err(|cause| VariantError::System { command: self.command.clone(), cause })
    }

    fn await_end(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            self.close();
            return Ok(Some(status));
        }
        let end = pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty())?;
        let timeout = Timespec::try_from(patience).map_err(io::Error::other)?;
        if retry_on_intr(|| poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&timeout)))? == 0 {
            return Ok(None);
        }
        // The group's ID stays taken until its first process is waited for.
        let _is_empty = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let status = self.child.wait()?;
        self.close();
        Ok(Some(status))
    }

    fn close(&mut self) {
        self.out.close();
        self.err.close();
    }

    /// Whether the process has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>, VariantError> {
        self.wait(Duration::ZERO)
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<(), VariantError> {
        let system =
            |cause: rustix::io::Errno| VariantError::System { command: self.command.clone(), cause: cause.into() };
        kill_process_group(Pid::from_child(&self.child), signal).map_err(system)
    }

    pub(crate) fn failed(&self, status: ExitStatus) -> VariantError {
        VariantError::Failed { command: self.command.clone(), status, said: self.said() }
    }

    pub(crate) fn late(&self, awaited: &'static str, patience: Duration) -> VariantError {
        VariantError::Late { command: self.command.clone(), awaited, patience, said: self.said() }
    }

    pub(super) fn not_ready(&self, line: String) -> VariantError {
        VariantError::NotReady { command: self.command.clone(), line }
    }

    /// The last lines on both streams.
    pub(crate) fn said(&self) -> String {
        self.out.last_lines() + &self.err.last_lines()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Once it is waited for, its ID may be another's.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _is_empty = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ended = self.child.wait();
            self.close();
        }
    }
}
