use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use loadgen::result::Stalls;
use serde_json::Value;

use super::{
    Options,
    block::{Stage, unix_s},
    calibration::wakeups,
    entrants::{Entrant, assemble, prepare},
    fingerprint::commit,
    resumption::check_same,
    rig::Rig,
    surroundings::{load_average, machine},
};
use crate::{
    plan::Plan,
    results::{Cell, End, Found, Manifest, RunDirectory},
};

/// Share of the processors' time in stalls from which on a warning is due. An idle virtual machine lost 0.3 to 1 % (METHOD 1.7).
const MOST_STALLED: f64 = 0.03;

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
    let mut rig = Rig::set_up(plan, options.strictness, directory.root())?;
    let mut entrants = assemble(plan, &options.variants, &options.files, &rig.guard)?;
    prepare(&mut entrants, options.builds, &mut rig)?;
    // A journal of the check is none of the files that a server is started from.
    rig.journals.clear();
    let manifest = manifest(options, plan, &entrants, &mut rig);
    directory.write_manifest(&manifest)?;
    run(&directory, &manifest, &entrants, rig)
}

fn go_on(options: &Options) -> anyhow::Result<()> {
    let directory = RunDirectory::open(&options.out)?;
    let manifest = directory.manifest()?;
    let rig = Rig::set_up(&manifest.plan, options.strictness, directory.root())?;
    let files: Vec<PathBuf> =
        manifest.participants.iter().map(|participant| PathBuf::from(&participant.file)).collect();
    let mut entrants = assemble(&manifest.plan, &options.variants, &files, &rig.guard)?;
    for (entrant, participant) in entrants.iter_mut().zip(&manifest.participants) {
        entrant.recall(&participant.participation);
    }
    check_same(&manifest, &entrants, &rig.launch)?;
    run(&directory, &manifest, &entrants, rig)
}

/// What is known before the first block.
fn manifest(options: &Options, plan: &Plan, entrants: &[Entrant], rig: &mut Rig) -> Manifest {
    let stalls = probe(plan, rig);
    if let Some(warning) = standing_still(&stalls) {
        rig.progress.tell(&warning);
        rig.fitness.warnings.push(warning);
    }
    Manifest {
        format: Manifest::FORMAT.to_owned(),
        report_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_s: unix_s(),
        commit: env::current_dir().ok().and_then(|directory| commit(&directory)),
        command: options.command.clone(),
        plan: plan.clone(),
        participants: entrants.iter().map(|entrant| entrant.participant(&rig.launch)).collect(),
        machine: machine(stalls),
        wakeups: wakeups(),
        warnings: rig.fitness.warnings.clone(),
    }
}

/// What to say of a machine that stands still for so long that figures of two comparisons cannot be alike.
fn standing_still(stalls: &Value) -> Option<String> {
    let (share, longest_us) = (stalls["share"].as_f64()?, stalls["longest_us"].as_f64()?);
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
fn probe(plan: &Plan, rig: &mut Rig) -> Value {
    let length = Duration::from_secs_f64(plan.stall_probe_s);
    rig.progress.show("looking for stalls of the machine");
    let stalls = Stalls::probe(length);
    rig.progress.advance(length);
    serde_json::to_value(stalls).unwrap_or_default()
}

/// Runs all blocks that are not there yet.
fn run(directory: &RunDirectory, manifest: &Manifest, entrants: &[Entrant], rig: Rig) -> anyhow::Result<()> {
    let plan = &manifest.plan;
    let mut stage = Stage { plan, directory, entrants, rig, repeats: 0 };
    for block in 1..=plan.blocks {
        stage.repeats = plan.repeats_until(block).saturating_sub(repeated(directory, plan)?);
        stage.block(block)?;
    }
    if directory.end()?.is_some() {
        return Ok(());
    }
    let stalls = probe(plan, &mut stage.rig);
    let format = End::FORMAT.to_owned();
    directory.write_end(&End { format, ended_unix_s: unix_s(), load_average: load_average(), stalls })?;
    Ok(())
}

/// How many runs were made again so far.
fn repeated(directory: &RunDirectory, plan: &Plan) -> anyhow::Result<u32> {
    let mut repeated = 0;
    for block in 1..=plan.blocks {
        for workload in plan.workloads_of(block) {
            for variant in plan.runners(workload) {
                let cell = Cell { block, variant, workload: &workload.name };
                let counted = u32::from(matches!(directory.run(cell)?, Found::Run(_)));
                repeated += (directory.excluded(cell) + counted).saturating_sub(1);
            }
        }
    }
    Ok(repeated)
}

/// Whether a directory holds a comparison that can be gone on with.
#[must_use]
pub fn can_be_resumed(directory: &Path) -> bool {
    RunDirectory::open(directory).is_ok()
}
