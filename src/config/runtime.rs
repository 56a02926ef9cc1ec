use std::num::NonZeroUsize;

use clap::ValueEnum;

/// What drives the tasks of the async engine. It is no part of [`super::Serve`]: the blocking engine has nothing like it.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Runtime")]
pub struct Runtime {
    /// Which scheduler runs the tasks.
    #[arg(long = "runtime", value_name = "FLAVOR", env = "HERD_RUNTIME", default_value = "multi-thread")]
    pub flavor: Flavor,
    /// Worker threads of a multi-thread runtime [default: as many as processors].
    #[arg(long, value_name = "N", env = "HERD_WORKERS")]
    pub workers: Option<NonZeroUsize>,
}

/// A scheduler of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Flavor {
    /// All tasks on the main thread.
    CurrentThread,
    /// Tasks on all workers, which steal them from each other.
    #[default]
    MultiThread,
}
