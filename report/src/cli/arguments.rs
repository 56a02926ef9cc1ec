use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{
    claims::ClaimsArgs, compare::CompareArgs, diff::DiffArgs, experiment::ExperimentArgs, guard::GuardArgs,
    render::RenderArgs, variants::VariantsArgs,
};

/// Compares herd servers.
#[derive(Parser, Debug)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Compare(Box<CompareArgs>),
    Render(RenderArgs),
    Diff(DiffArgs),
    Claims(ClaimsArgs),
    Variants(VariantsArgs),
    Experiment(ExperimentArgs),
    #[command(hide = true)]
    Guard(GuardArgs),
    /// The load generator, so that one program is all that a comparison needs.
    #[command(hide = true, disable_help_flag = true)]
    Loadgen {
        /// Its command line.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

impl Cli {
    /// Runs the command.
    pub(crate) fn execute(self) -> ExitCode {
        match self.command {
            Command::Compare(args) => args.execute(),
            Command::Render(args) => args.execute(),
            Command::Diff(args) => args.execute(),
            Command::Claims(args) => args.execute(),
            Command::Variants(args) => args.execute(),
            Command::Experiment(args) => args.execute(),
            Command::Guard(args) => args.execute(),
            Command::Loadgen { arguments } => {
                loadgen::Cli::parse_from(["loadgen".to_owned()].into_iter().chain(arguments)).execute()
            }
        }
    }
}
