use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use report::experiments::{Context, Observation};

/// An experiment in one round, with the herd as it is built for tests; what is missing is told loudly, and in CI fails the test.
pub(crate) fn carry_out(
    experiment: impl FnOnce(&Context<'_>, &mut dyn FnMut(Observation)) -> anyhow::Result<()>,
) -> Vec<Observation> {
    let context = Context {
        project: Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap(),
        rounds: 1,
        seed: 1,
        guard: Vec::new(),
        programs: Some(programs().clone()),
        tell: &|_| {},
    };
    let mut observations = Vec::new();
    experiment(&context, &mut |observation| observations.push(observation)).unwrap();
    observations.retain(|one| {
        let is_run = one.metric != Observation::NOT_RUN;
        if !is_run {
            let why = one.note.as_deref().unwrap_or_default();
            // Not by a macro, whose output the test harness would keep to itself.
            io::stderr()
                .write_all(format!("SKIPPED: {} of {}: {why}\n", one.variant, one.experiment).as_bytes())
                .unwrap();
            assert!(env::var_os("CI").is_none(), "nothing is skipped in CI");
        }
        is_run
    });
    observations
}

/// Where the programs of the herd are, built beside the program of this package and like it.
fn programs() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_report")).parent().unwrap().to_owned();
        let profile = if folder.ends_with("release") { "release" } else { "dev" };
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "herd", "--bins", "--profile", profile, "--target-dir"]);
        cargo.arg(folder.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(cargo.status().unwrap().success(), "the herd is not built");
        folder
    })
}

/// The value of a metric of a variant in a case, where it was run.
pub(crate) fn value(observations: &[Observation], variant: &str, case: &str, metric: &str) -> Option<f64> {
    let is_meant = |one: &&Observation| one.variant == variant && one.case == case && one.metric == metric;
    observations.iter().find(is_meant).map(|one| one.value)
}

/// The variants that were run, each once.
pub(crate) fn variants(observations: &[Observation]) -> Vec<&str> {
    let mut variants: Vec<&str> = observations.iter().map(|one| one.variant.as_str()).collect();
    variants.sort_unstable();
    variants.dedup();
    variants
}
