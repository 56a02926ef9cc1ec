use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use loadgen::http::Transport;
use sha2::{Digest, Sha256};

use super::{
    environment::Environment,
    process::{Interrupt, Loadgen},
    progress::Progress,
    server::Server,
};
use crate::{
    plan::{Plan, Role, Workload},
    results::{Participant, Participation},
    variant::{Launch, Part, Variant, VariantError, in_directory},
};

/// Files of a directory that a server is started from, such as classes, at most.
const MOST_FILES: usize = 200;

/// For a release build of the herd on a slow machine, from nothing.
const BUILD: Duration = Duration::from_mins(30);
/// How often a build looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(100);
/// For the conformance check of one server.
const CHECK: Duration = Duration::from_mins(2);

/// Whether variants are built first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builds {
    /// They are.
    Fresh,
    /// They are taken as they are.
    AsTheyAre,
}

/// A variant of the plan that is here.
pub(super) struct PreparedVariant {
    pub(super) variant: Variant,
    file: PathBuf,
    /// Why it does not take part; `None` where it does.
    absent: Option<String>,
}

/// Reads the variants that the plan names, in its order.
pub(super) fn assemble(
    plan: &Plan,
    directory: &Path,
    files: &[PathBuf],
    guard: &[String],
) -> anyhow::Result<Vec<PreparedVariant>> {
    let mut known = files.to_vec();
    // Files that are named are enough for a plan of nothing else.
    match in_directory(directory) {
        Ok(found) => known.extend(found),
        Err(_) if !files.is_empty() => {}
        Err(error) => return Err(error).context("run this in the project's directory, or name files with --variant"),
    }
    let find = |name: &String| {
        let file = known.iter().find(|file| name_of(file) == *name).with_context(|| {
            let names: Vec<String> = known.iter().map(|file| name_of(file)).collect();
            format!("there is no variant {name:?}; there are {}", names.join(", "))
        })?;
        let variant = Variant::read(file)?.guarded_by(guard.to_vec());
        if variant.speaks == Transport::Http
            && let Some(workload) = raced(plan, name)
        {
            bail!("{name} speaks HTTP, so it takes part in topologies alone, and not in {:?}", workload.name);
        }
        let is_told = |workload: &Workload| workload.herd || !plan.runners(workload).contains(&name.as_str());
        if variant.foreign.is_some()
            && let Some(workload) = plan.workload.iter().find(|workload| !is_told(workload))
        {
            bail!(
                "{name} is no server of the herd, so it takes part in raced herds alone, and not in {:?}",
                workload.name
            );
        }
        Ok(PreparedVariant { variant, file: file.clone(), absent: None })
    };
    plan.variants.iter().map(find).collect()
}

/// The name of the variant of a file, which is that of the file.
/// A workload of a variant that is none of several servers.
fn raced<'a>(plan: &'a Plan, variant: &str) -> Option<&'a Workload> {
    let is_raced = |workload: &&Workload| workload.role != Role::Topology && plan.runners(workload).contains(&variant);
    plan.workload.iter().find(is_raced)
}

pub(super) fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split(".variant").next().unwrap_or_default().to_owned()
}

impl PreparedVariant {
    /// Whether it takes part.
    pub(super) fn takes_part(&self) -> bool {
        self.absent.is_none()
    }

    /// What the manifest says of it.
    pub(super) fn participant(&self, launch: &Launch) -> Participant {
        let hashes = hashes(&self.variant, &self.variant.command_line(launch)).unwrap_or_default();
        Participant {
            name: self.variant.name.clone(),
            file: self.file.display().to_string(),
            language: self.variant.language.clone(),
            model: self.variant.model.clone(),
            version: self.absent.is_none().then(|| self.variant.version().ok()).flatten(),
            hashes,
            explains: self.variant.explains.clone(),
            participation: self.absent.clone().map_or(Participation::Takes, Participation::NotRun),
        }
    }

    /// Takes over from the manifest whether it takes part.
    pub(super) fn recall(&mut self, participation: &Participation) {
        self.absent = match participation {
            Participation::Takes => None,
            Participation::NotRun(why) => Some(why.clone()),
        };
    }
}

/// Sees what each needs, builds it and checks it. Who cannot take part is told with the reason, and the others go on.
pub(super) fn prepare(
    participants: &mut [PreparedVariant],
    builds: Builds,
    environment: &mut Environment,
) -> anyhow::Result<()> {
    let mut built = HashSet::new();
    for prepared in participants.iter_mut() {
        let launch = environment.launch_of(&prepared.variant);
        let Environment { interrupt, progress, loadgen, .. } = &mut *environment;
        interrupt.check()?;
        let name = prepared.variant.name.clone();
        if let Err(VariantError::Missing { missing, .. }) = prepared.variant.require() {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            prepared.absent = Some(missing.join("; "));
        } else if builds == Builds::Fresh {
            prepared.absent = build(&prepared.variant, &mut built, interrupt, progress)?;
        }
        if prepared.absent.is_none() {
            progress.show(&format!("checking {name}"));
            prepared.absent = check(&prepared.variant, &launch, loadgen, interrupt)?;
        }
        if let Some(why) = &prepared.absent {
            progress.tell(&format!("{name} is not run: {why}"));
        }
    }
    match participants.iter().filter(|prepared| prepared.takes_part()).count() {
        0 | 1 => bail!("fewer than two variants can take part here, so there is nothing to compare"),
        _ => Ok(()),
    }
}

/// Runs the build commands that no earlier variant has run; gives why one failed.
fn build(
    variant: &Variant,
    built: &mut HashSet<(PathBuf, Vec<String>)>,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> anyhow::Result<Option<String>> {
    for command in variant.build_commands() {
        if built.contains(&(variant.directory.clone(), command.clone())) {
            continue;
        }
        progress.tell(&format!("building {}: {}", variant.name, command.join(" ")));
        if let Err(error) = run_build(variant, command, interrupt)? {
            return Ok(Some(format!("its build failed: {error}")));
        }
        built.insert((variant.directory.clone(), command.clone()));
    }
    Ok(None)
}

fn run_build(variant: &Variant, command: &[String], interrupt: &Interrupt) -> anyhow::Result<Result<(), VariantError>> {
    let mut process = match variant.spawn_guarded(command) {
        Ok(process) => process,
        Err(error) => return Ok(Err(error)),
    };
    let deadline = Instant::now() + BUILD;
    while Instant::now() < deadline {
        if let Some(status) = process.wait(LOOK)? {
            return Ok(if status.success() { Ok(()) } else { Err(process.failed(status)) });
        }
        interrupt.check()?;
    }
    Ok(Err(process.late("done", BUILD)))
}

/// Plays the conformance check against one server of a variant; gives why it falls short. Nobody races who does.
fn check(
    variant: &Variant,
    launch: &Launch,
    loadgen: &Loadgen,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<String>> {
    let server = match Server::start(variant, launch) {
        Ok(server) => server,
        Err(error) => return Ok(Some(format!("it does not start: {error}"))),
    };
    let asked = match variant.part {
        Part::Ceiling => return Ok(None),
        Part::Server if variant.foreign.is_some() => return Ok(None),
        Part::Server => ["--level", "assignment"],
        Part::Contrast => ["--case", "iamat-reply"],
    };
    let target = server.address().to_string();
    let mut arguments = ["check", asked[0], asked[1], "--target", &target].map(str::to_owned).to_vec();
    arguments.extend(variant.speaks.flag());
    let ended = loadgen.run(&arguments, CHECK, interrupt)?;
    Ok(match ended.status {
        Some(status) if status.success() => None,
        Some(_) | None => {
            let first: Vec<&str> = ended.said.lines().take(6).collect();
            Some(format!("it fails the conformance check (loadgen check {}): {}", asked.join(" "), first.join(" / ")))
        }
    })
}

/// SHA-256 of every file that a variant's command line names, and of its program, by path as named there.
pub(super) fn hashes(variant: &Variant, command: &[String]) -> io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for (number, argument) in command.iter().enumerate() {
        let program = (number == 0 && !argument.contains('/')).then(|| variant.locate(argument)).flatten();
        let path = program.unwrap_or_else(|| variant.directory.join(argument));
        for file in files(&path)? {
            let inner = file.strip_prefix(&path).ok().filter(|inner| !inner.as_os_str().is_empty());
            let name = inner.map_or_else(|| argument.clone(), |inner| format!("{argument}/{}", inner.display()));
            found.push((name, hash(&file)?));
        }
    }
    found.dedup();
    Ok(found)
}

/// The file itself, or the files right in a directory.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    files.truncate(MOST_FILES);
    Ok(files)
}

fn hash(file: &Path) -> io::Result<String> {
    let digest = Sha256::digest(fs::read(file)?);
    Ok(digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_sha256sum() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash(file.path()).unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
