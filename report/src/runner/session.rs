use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::bail;
use loadgen::result::Stalls;

use super::{
    block::{Blocks, unix_s},
    environment::{Environment, Strictness},
    experiments,
    host::{commit, load_average, machine, wakeups},
    participants::{Builds, PreparedVariant, assemble, prepare},
};
use crate::{
    plan::Plan,
    results::{End, Manifest, RunDirectory, SetAside, Written},
    variant::Launch,
};

/// Share of the processors' time in stalls from which on a warning is due. An idle virtual machine lost 0.3 to 1 % (METHOD 1.7).
const MOST_STALLED: f64 = 0.03;

/// What is compared, and where its runs go.
#[derive(Clone, Debug)]
pub struct Options {
    /// The plan; `None` to go on with the comparison that is in `out`.
    pub plan: Option<Plan>,
    /// Where the project's variant files are.
    pub variants: PathBuf,
    /// Further variant files; the plan names their variants.
    pub files: Vec<PathBuf>,
    /// The run directory.
    pub out: PathBuf,
    /// Whether variants are built first.
    pub builds: Builds,
    /// What is made of a machine that is busy.
    pub strictness: Strictness,
    /// The command line, for the record.
    pub command: Vec<String>,
}

/// Carries a comparison out, or goes on with one.
///
/// What was measured stays in its directory however this ends. After the first SIGINT or SIGTERM it ends as
/// [`super::Interrupted`]. Call it from a thread that lives until the program ends: what it starts is killed when that
/// thread ends.
pub fn compare(options: &Options) -> anyhow::Result<()> {
    match &options.plan {
        Some(plan) => begin(options, plan),
        None => go_on(options),
    }
}

fn begin(options: &Options, plan: &Plan) -> anyhow::Result<()> {
    let directory = RunDirectory::create(&options.out)?;
    let mut environment = Environment::set_up(plan, options.strictness, &directory)?;
    let mut participants = assemble(plan, &options.variants, &options.files, &environment.guard)?;
    prepare(&mut participants, options.builds, &mut environment)?;
    // A journal of the check is none of the files that a server is started from.
    environment.journals.clear();
    let manifest = manifest(options, plan, &participants, &mut environment);
    directory.write_manifest(&manifest)?;
    run(&directory, &manifest, &participants, environment, Written::default())
}

fn go_on(options: &Options) -> anyhow::Result<()> {
    let directory = RunDirectory::open(&options.out)?;
    let manifest = directory.manifest()?;
    let environment = Environment::set_up(&manifest.plan, options.strictness, &directory)?;
    let files: Vec<PathBuf> =
        manifest.participants.iter().map(|participant| PathBuf::from(&participant.file)).collect();
    let mut participants = assemble(&manifest.plan, &options.variants, &files, &environment.guard)?;
    for (prepared, participant) in participants.iter_mut().zip(&manifest.participants) {
        prepared.recall(&participant.participation);
    }
    check_same(&manifest, &participants, &environment.launch)?;
    for SetAside { damaged, file } in directory.mend()? {
        let (source, why) = (damaged.source, damaged.why);
        environment.progress.tell(&format!(
            "{source} is damaged ({why}): what it was is measured anew, and the line kept in {}",
            file.display()
        ));
    }
    let written = Written::of(&directory.contents()?);
    run(&directory, &manifest, &participants, environment, written)
}

/// What is known before the first block.
fn manifest(
    options: &Options,
    plan: &Plan,
    participants: &[PreparedVariant],
    environment: &mut Environment,
) -> Manifest {
    let stalls = probe(plan, environment);
    if let Some(warning) = stalls.as_ref().and_then(standing_still) {
        environment.progress.tell(&warning);
        environment.preflight.warnings.push(warning);
    }
    Manifest {
        format: Manifest::FORMAT.to_owned(),
        report_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_s: unix_s(),
        commit: env::current_dir().ok().and_then(|directory| commit(&directory)),
        command: options.command.clone(),
        plan: plan.clone(),
        participants: participants.iter().map(|prepared| prepared.participant(&environment.launch)).collect(),
        machine: machine(stalls),
        wakeups: wakeups(),
        warnings: environment.preflight.warnings.clone(),
    }
}

/// What to say of a machine that stands still for so long that figures of two comparisons cannot be alike.
fn standing_still(stalls: &Stalls) -> Option<String> {
    let Stalls { share, longest_us, .. } = *stalls;
    (share > MOST_STALLED).then(|| {
        format!(
            "the machine itself stood still {:.1} % of the time, {:.1} ms at the longest: intervals will be wide; others may use \
             the same processors",
            share * 100.0,
            longest_us / 1000.0
        )
    })
}

/// Spins on all processors, to see how long this machine stands still by itself.
fn probe(plan: &Plan, environment: &mut Environment) -> Option<Stalls> {
    let length = Duration::from_secs_f64(plan.stall_probe_s);
    environment.progress.show("looking for stalls of the machine");
    let stalls = Stalls::probe(length);
    environment.progress.advance(length);
    stalls
}

/// Runs all blocks that are not there yet.
fn run(
    directory: &RunDirectory,
    manifest: &Manifest,
    participants: &[PreparedVariant],
    environment: Environment,
    written: Written,
) -> anyhow::Result<()> {
    let plan = &manifest.plan;
    let mut blocks = Blocks { plan, directory, participants, environment, written, repeats: 0 };
    for block in 1..=plan.blocks {
        blocks.repeats = plan.repeats_until(block).saturating_sub(blocks.written.repeated());
        blocks.run(block)?;
    }
    experiments::carry_out(directory, plan, &mut blocks.environment)?;
    if directory.end()?.is_some() {
        return Ok(());
    }
    let stalls = probe(plan, &mut blocks.environment);
    let format = End::FORMAT.to_owned();
    directory.write_end(&End { format, ended_unix_s: unix_s(), load_average: load_average(), stalls })?;
    Ok(())
}

/// Whether a directory holds a comparison that can be gone on with.
#[must_use]
pub fn can_be_resumed(directory: &Path) -> bool {
    RunDirectory::open(directory).is_ok()
}

/// Refuses to go on with a comparison on another machine, or of other programs: its blocks would not be alike.
pub(super) fn check_same(manifest: &Manifest, participants: &[PreparedVariant], launch: &Launch) -> anyhow::Result<()> {
    let (then, now) = (&manifest.machine, machine(None));
    let same = |what: &str, then: &str, now: &str| {
        if then == now {
            return Ok(());
        }
        bail!("the comparison began with {what} {then}, and here it is {now}: begin a new one")
    };
    same("the processor", &then.processor, &now.processor)?;
    same("a number of processors of", &then.processors.to_string(), &now.processors.to_string())?;
    same("the kernel", &then.kernel, &now.kernel)?;
    let unknown = || "unknown".to_owned();
    let here = std::env::current_dir().ok().and_then(|directory| commit(&directory));
    same("the commit", &manifest.commit.clone().unwrap_or_else(unknown), &here.unwrap_or_else(unknown))?;
    for prepared in participants.iter().filter(|prepared| prepared.takes_part()) {
        let name = &prepared.variant.name;
        let then = manifest.participants.iter().find(|participant| participant.name == *name);
        let Some(then) = then else { bail!("the comparison began without {name}: begin a new one") };
        if then.hashes != prepared.participant(launch).hashes {
            bail!("{name} was built anew since the comparison began: begin a new one");
        }
    }
    Ok(())
}
