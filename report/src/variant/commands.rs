use std::{env, ffi::OsString, path::PathBuf, process::Command, time::Duration};

use super::{Missing, Need, Variant, VariantError, process::Process};

/// For a release build of the herd on a slow machine, from nothing.
const BUILD: Duration = Duration::from_mins(30);
/// For a command that says its version.
const VERSION: Duration = Duration::from_mins(1);
/// For a probe: a Java runtime takes a second to say its version on a machine that is busy.
const PROBE: Duration = Duration::from_mins(1);

impl Variant {
    /// Probes what the variant needs, and gives what is missing here.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        self.needs.iter().filter_map(|need| self.probe(need).err()).collect()
    }

    /// Fails where something that the variant needs is missing here.
    pub fn require(&self) -> Result<(), VariantError> {
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        Err(VariantError::Missing { variant: self.name.clone(), missing })
    }

    fn probe(&self, need: &Need) -> Result<(), Missing> {
        match self.run_to_end(&need.command, PROBE) {
            Ok(_) => Ok(()),
            Err(error) => Err(Missing { install: need.install.clone(), why: in_short(&error.to_string()) }),
        }
    }

    /// Builds it; the commands' output is shown only where one fails.
    pub fn build(&self) -> Result<(), VariantError> {
        self.build.iter().try_for_each(|command| self.run_to_end(command, BUILD).map(drop))
    }

    /// Where a program of this name is found for its commands.
    #[must_use]
    pub fn locate(&self, program: &str) -> Option<PathBuf> {
        let directories = self.search_path();
        env::split_paths(&directories).map(|directory| directory.join(program)).find(|path| path.is_file())
    }

    /// The commands that build it, in order.
    #[must_use]
    pub fn build_commands(&self) -> &[Vec<String>] {
        &self.build
    }

    /// The first line that its version command prints.
    pub fn version(&self) -> Result<String, VariantError> {
        self.run_to_end(&self.version, VERSION)
    }

    /// Runs a command to its end and gives the first line that it printed.
    fn run_to_end(&self, command: &[String], patience: Duration) -> Result<String, VariantError> {
        let mut process = Process::of(&mut self.command(command), command.join(" "))?;
        let Some(status) = process.wait(patience)? else { return Err(process.late("done", patience)) };
        if !status.success() {
            return Err(process.failed(status));
        }
        Ok(process.first_line())
    }

    /// Starts a command behind the guard, if there is one; failures tell the command alone.
    pub(crate) fn spawn_guarded(&self, arguments: &[String]) -> Result<Process, VariantError> {
        let guarded: Vec<String> = self.guard.iter().chain(arguments).cloned().collect();
        Process::of(&mut self.command(&guarded), arguments.join(" "))
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
    fn search_path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let own = self.path.iter().filter(|path| path.is_dir()).cloned();
        // Only a directory with a colon in its name cannot be joined.
        env::join_paths(own.chain(env::split_paths(&inherited))).unwrap_or(inherited)
    }
}

/// The beginning, on one line: what did not work and what it said first.
fn in_short(error: &str) -> String {
    error.lines().take(3).collect::<Vec<_>>().join(" ").trim_end().to_owned()
}
