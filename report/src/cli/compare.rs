use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;
use report::{
    claims::{claims, select, table},
    plan::Plan,
    runner::{Builds, Interrupted, Options, Strictness, can_be_resumed, compare, descriptors, dry_run},
};

use super::{claims::is_coloured, ending::complain, render::report_of};

/// Ended by SIGINT or SIGTERM, as shells tell it.
const INTERRUPTED: u8 = 130;

/// Measure servers in interleaved blocks and write the report.
///
/// Builds the plan's variants, starts all of them afresh for each block, and measures one workload at a time, variants
/// back to back in shuffled order. Every run is written down at once: what was interrupted goes on by --resume. Exit
/// status: 0 done, 2 wrong usage or not carried out, 130 interrupted.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that a person may give or not")]
pub(super) struct CompareArgs {
    /// A plan of the project (smoke: a minute; quick: ten), or the path of a plan file.
    #[arg(long, value_name = "NAME|FILE", default_value = "quick", conflicts_with = "resume")]
    plan: String,
    /// Of a plan that tests claims, only what this one needs: its races and its experiments; may be repeated.
    #[arg(long = "claim", value_name = "N", conflicts_with_all = ["resume", "variants"])]
    claims: Vec<u32>,
    /// Of the plan's variants only these, besides the pair that tells the noise.
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "resume")]
    variants: Vec<String>,
    /// A variant file of one's own that takes part too; may be repeated.
    #[arg(long = "variant", value_name = "PATH", conflicts_with = "resume")]
    files: Vec<PathBuf>,
    /// Where the project's variant files are.
    #[arg(long, value_name = "DIR", default_value = "benches/rivals")]
    directory: PathBuf,
    /// Where the runs go [default: target/comparisons/PLAN-DATE-TIME].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the comparison that is in --out; nothing is measured twice.
    #[arg(long, requires = "out")]
    resume: bool,
    /// Say what would be done and how long it would take.
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Blocks, in place of the plan's.
    #[arg(long, value_name = "N", conflicts_with = "resume", value_parser = clap::value_parser!(u32).range(1..=999))]
    blocks: Option<u32>,
    /// Take the servers as they were built last.
    #[arg(long)]
    no_build: bool,
    /// Refuse a machine that is busy or short of something, instead of warning.
    #[arg(long)]
    strict: bool,
}

impl CompareArgs {
    /// Runs the command.
    pub(super) fn execute(&self) -> ExitCode {
        let out = match self.out() {
            Ok(out) => out,
            Err(error) => return complain(&error),
        };
        match self.carry_out(&out) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.is::<Interrupted>() => {
                tell_interrupted(&out);
                ExitCode::from(INTERRUPTED)
            }
            Err(error) => complain(&error),
        }
    }

    fn carry_out(&self, out: &Path) -> anyhow::Result<()> {
        if self.dry_run {
            print!("{}", dry_run(&self.plan()?));
            return Ok(());
        }
        compare(&self.options(out)?)?;
        finish(out)
    }

    fn options(&self, out: &Path) -> anyhow::Result<Options> {
        Ok(Options {
            plan: if self.resume { None } else { Some(self.plan()?) },
            variants: self.directory.clone(),
            files: self.files.clone(),
            out: out.to_owned(),
            builds: if self.no_build { Builds::AsTheyAre } else { Builds::Fresh },
            strictness: if self.strict { Strictness::Refuse } else { Strictness::Warn },
            command: env::args().collect(),
        })
    }

    fn plan(&self) -> anyhow::Result<Plan> {
        let mut plan = Plan::find(&self.plan)?;
        if !self.claims.is_empty() {
            keep_claims(&mut plan, &self.claims)?;
        }
        if !self.variants.is_empty() {
            plan.keep(&self.variants)?;
        }
        for file in &self.files {
            plan.join(file)?;
        }
        if let Some(blocks) = self.blocks {
            plan.blocks = blocks;
        }
        Ok(plan.grouped(descriptors()))
    }

    fn out(&self) -> anyhow::Result<PathBuf> {
        if let Some(out) = &self.out {
            return Ok(out.clone());
        }
        let name = Path::new(&self.plan).file_stem().context("the plan has no name")?;
        let now = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S");
        Ok(PathBuf::from(format!("target/comparisons/{}-{now}", name.to_string_lossy())))
    }
}

/// Leaves of a plan what these claims need.
fn keep_claims(plan: &mut Plan, numbers: &[u32]) -> anyhow::Result<()> {
    let known = claims()?;
    let mut kept = Vec::new();
    for number in numbers {
        let claim = known.iter().find(|claim| claim.number == *number && plan.claims.contains(number));
        let told = || format!("the plan {} tests no claim {number}; it tests {:?}", plan.name, plan.claims);
        kept.push(claim.with_context(told)?);
    }
    select(plan, &kept);
    if plan.workload.is_empty() && plan.experiment.is_empty() {
        let needed: Vec<&str> = kept.iter().flat_map(|claim| claim.workloads()).collect();
        bail!(
            "the plan {} measures nothing of it: its workloads are of another plan: {}",
            plan.name,
            needed.join(", ")
        );
    }
    Ok(())
}

/// Writes the report of a comparison that is complete, and says its answer and where the page is.
fn finish(directory: &Path) -> anyhow::Result<()> {
    let (analysis, rendered) = report_of(directory)?;
    for text in analysis.answer.texts() {
        println!("- {text}");
    }
    if !analysis.claims.is_empty() {
        print!("\n{}", table(&analysis.claims, is_coloured()));
    }
    println!("\n{}\n\n{}", analysis.trust.line, rendered.page.display());
    Ok(())
}

fn tell_interrupted(out: &Path) {
    if can_be_resumed(out) {
        let out = out.display();
        eprintln!("report: interrupted; what was measured is kept. Go on with: report compare --resume --out {out}");
    } else {
        eprintln!("report: interrupted before anything was measured");
    }
}
