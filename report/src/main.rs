//! Will run comparisons of herd servers and write the report; so far it lists the servers that can take part.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use report::variant::{Variant, VariantError, in_directory};

const NOT_THERE_YET: &str = "\
report: comparisons are not there yet.

This program will build every server of the project, measure them in interleaved blocks as report/METHOD.md says, and
write a page with the verdicts.
Until then: `cargo run --release -- up` starts the herd, `cargo run -p loadgen -- check` checks a server, and
`cargo run -p report -- variants` lists the servers that will be compared.";

/// Compares herd servers.
#[derive(Parser, Debug)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List the servers that can be compared: what each is, and what it needs to run here.
    Variants {
        /// A variant file of one's own, in place of those of the project; may be repeated.
        #[arg(long = "variant", value_name = "PATH")]
        files: Vec<PathBuf>,
        /// Where the project's variant files are.
        #[arg(long, value_name = "DIR", default_value = "benches/rivals")]
        directory: PathBuf,
    },
    /// Measure servers and write the report: not there yet.
    Compare {
        /// Whatever will be typed.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        rest: Vec<String>,
    },
}

fn main() -> ExitCode {
    match Args::parse().command {
        Command::Variants { files, directory } => match variants(files, &directory) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("report: {error:#}");
                ExitCode::from(2)
            }
        },
        Command::Compare { rest: _ } => {
            eprintln!("{NOT_THERE_YET}");
            ExitCode::from(2)
        }
    }
}

fn variants(files: Vec<PathBuf>, directory: &std::path::Path) -> anyhow::Result<()> {
    let files = if files.is_empty() {
        in_directory(directory).context("run this in the project's directory, or name files with --variant")?
    } else {
        files
    };
    for file in files {
        show(&Variant::read(&file)?);
    }
    Ok(())
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
