use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;

use super::Observation;
use crate::variant::{Process, Variant, VariantError};

/// Where variant files are looked for, from the project's directory: those that race, then those of experiments alone.
const VARIANTS: [&str; 2] = ["benches/rivals", "benches/rivals/experiments"];
/// The herd's own programs, which a test has built by itself.
const PROGRAMS: [(&str, &str); 2] = [("herd-threads", "herd"), ("herd-tasks", "herd-async")];

/// What an experiment is given: where the project is, how often to measure, and whom to tell.
pub struct Context<'a> {
    /// The project's directory.
    pub project: PathBuf,
    /// How many rounds; what is the same each time is done once.
    pub rounds: u32,
    /// Draws the order of variants in a round.
    pub seed: u64,
    /// What stands before the command line of every process, to end it with this one.
    pub guard: Vec<String>,
    /// Where `herd` and `herd-async` are, in place of a release build.
    pub programs: Option<PathBuf>,
    /// Is told what is done now.
    pub tell: &'a dyn Fn(&str),
}

/// Something that cannot be run here, and why.
pub(super) type Missing = String;

impl Context<'_> {
    /// A variant of the project, built; or what is missing for it here.
    pub(super) fn variant(&self, name: &str) -> anyhow::Result<Result<Variant, Missing>> {
        let files = VARIANTS.map(|folder| self.project.join(folder).join(format!("{name}.variant.toml")));
        let file = files.iter().find(|file| file.is_file()).with_context(|| format!("there is no variant {name}"))?;
        let variant = Variant::read(file)?.guarded_by(self.guard.clone());
        if let Some(program) = self.own_program(name) {
            return Ok(Ok(variant.with_program(&program)));
        }
        match variant.require() {
            Ok(()) => {}
            Err(error @ VariantError::Missing { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(error.into()),
        }
        (self.tell)(&format!("building {name}"));
        variant.build()?;
        Ok(Ok(variant))
    }

    /// The variants that can run here; what is missing for the others is observed.
    pub(super) fn variants(
        &self,
        experiment: &str,
        names: &[&str],
        observe: &mut dyn FnMut(Observation),
    ) -> anyhow::Result<Vec<Variant>> {
        let mut found = Vec::new();
        for name in names {
            match self.variant(name)? {
                Ok(variant) => found.push(variant),
                Err(why) => observe(not_run(experiment, name, &why)),
            }
        }
        Ok(found)
    }

    fn own_program(&self, name: &str) -> Option<String> {
        let (_, program) = PROGRAMS.iter().find(|(variant, _)| *variant == name)?;
        Some(self.programs.as_ref()?.join(program).display().to_string())
    }

    /// Starts a program that is no server.
    pub(super) fn start(&self, directory: &Path, arguments: &[String]) -> Result<Process, VariantError> {
        let line: Vec<&String> = self.guard.iter().chain(arguments).collect();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).current_dir(directory);
        Process::of(&mut command, arguments.join(" "))
    }

    /// Runs a program to its end; an error tells what it said last.
    pub(super) fn run(&self, directory: &Path, arguments: &[String], patience: Duration) -> Result<(), VariantError> {
        let mut process = self.start(directory, arguments)?;
        match process.wait(patience)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(process.failed(status)),
            None => Err(process.late("done", patience)),
        }
    }

    /// A folder for what is made and can be made again.
    pub(super) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.project.join("target/experiments").join(name);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }
}

/// The observation of what is not run.
pub(super) fn not_run(experiment: &str, variant: &str, why: &str) -> Observation {
    Observation {
        experiment: experiment.to_owned(),
        variant: variant.to_owned(),
        case: String::new(),
        round: 0,
        metric: Observation::NOT_RUN.to_owned(),
        value: 1.0,
        trials: None,
        note: Some(why.to_owned()),
    }
}

/// A port of this machine that the system chooses.
pub(super) fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Words as the arguments of a command.
pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
