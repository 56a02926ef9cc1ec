use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use super::{
    Builds, fingerprint::hashes, interrupt::Interrupt, progress::Progress, rig::Rig, server::Server, tool::Tool,
};
use crate::{
    plan::Plan,
    results::{Participant, Participation},
    variant::{Launch, Part, Variant, VariantError, in_directory},
};

/// For a release build of the herd on a slow machine, from nothing.
const BUILD: Duration = Duration::from_mins(30);
/// How often a build looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(100);
/// For the conformance check of one server.
const CHECK: Duration = Duration::from_mins(2);

/// A variant of the plan that is here.
pub(super) struct Entrant {
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
) -> anyhow::Result<Vec<Entrant>> {
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
        Ok(Entrant { variant, file: file.clone(), absent: None })
    };
    plan.variants.iter().map(find).collect()
}

/// The name of the variant of a file, which is that of the file.
pub(super) fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split(".variant").next().unwrap_or_default().to_owned()
}

impl Entrant {
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
pub(super) fn prepare(entrants: &mut [Entrant], builds: Builds, rig: &mut Rig) -> anyhow::Result<()> {
    let Rig { interrupt, progress, tool, launch, .. } = rig;
    let mut built = HashSet::new();
    for entrant in entrants.iter_mut() {
        interrupt.check()?;
        let name = entrant.variant.name.clone();
        if let Err(VariantError::Missing { missing, .. }) = entrant.variant.require() {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            entrant.absent = Some(missing.join("; "));
        } else if builds == Builds::Fresh {
            entrant.absent = build(&entrant.variant, &mut built, interrupt, progress)?;
        }
        if entrant.absent.is_none() {
            progress.show(&format!("checking {name}"));
            entrant.absent = check(&entrant.variant, launch, tool, interrupt)?;
        }
        if let Some(why) = &entrant.absent {
            progress.tell(&format!("{name} is not run: {why}"));
        }
    }
    match entrants.iter().filter(|entrant| entrant.takes_part()).count() {
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
fn check(variant: &Variant, launch: &Launch, tool: &Tool, interrupt: &Interrupt) -> anyhow::Result<Option<String>> {
    let server = match Server::start(variant, launch) {
        Ok(server) => server,
        Err(error) => return Ok(Some(format!("it does not start: {error}"))),
    };
    match variant.part {
        Part::Ceiling => return Ok(None),
        Part::Server => {}
    }
    let target = server.address().to_string();
    let arguments = ["check", "--level", "assignment", "--target", &target].map(str::to_owned);
    let ended = tool.run(&arguments, CHECK, interrupt)?;
    Ok(match ended.status {
        Some(status) if status.success() => None,
        Some(_) | None => {
            let first: Vec<&str> = ended.said.lines().take(6).collect();
            Some(format!("it fails the conformance check (loadgen check --level assignment): {}", first.join(" / ")))
        }
    })
}
