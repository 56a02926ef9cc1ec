use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use report::variant::{Variant, VariantError, in_directory};

/// List the servers that can be compared: what each is, and what it needs to run here.
#[derive(Args, Debug)]
pub(super) struct VariantsArgs {
    /// A variant file of one's own, in place of those of the project; may be repeated.
    #[arg(long = "variant", value_name = "PATH")]
    files: Vec<PathBuf>,
    /// Where the project's variant files are.
    #[arg(long, value_name = "DIR", default_value = "benches/rivals")]
    directory: PathBuf,
}

impl VariantsArgs {
    /// Runs the command.
    pub(super) fn execute(&self) -> ExitCode {
        match self.list() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("report: {error:#}");
                ExitCode::from(2)
            }
        }
    }

    fn list(&self) -> anyhow::Result<()> {
        let files = if self.files.is_empty() {
            in_directory(&self.directory)
                .context("run this in the project's directory, or name files with --variant")?
        } else {
            self.files.clone()
        };
        for file in files {
            show(&Variant::read(&file)?);
        }
        Ok(())
    }
}

fn show(variant: &Variant) {
    println!("{} ({}): {}", variant.name, variant.language, variant.model);
    let missing = variant.missing();
    for missing in &missing {
        println!("    missing: {}", missing.install);
        eprintln!("    {}: {}", variant.name, missing.why);
    }
    if missing.is_empty() {
        match variant.version() {
            Ok(version) => println!("    can run here: {version}"),
            Err(VariantError::NotStarted { .. }) => println!("    can run here, once it is built"),
            Err(error) => println!("    its version is unknown: {error}"),
        }
    }
}
