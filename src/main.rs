//! The herd with a blocking OS thread per connection.

use std::process::ExitCode;

use herd::{
    cli::{self, Engine, NoFlags},
    threads,
};

fn main() -> ExitCode {
    cli::main(&Engine { name: "herd", serve: |settings, NoFlags {}| threads::serve(settings) })
}
