//! The herd with an async task per connection.

use std::process::ExitCode;

use herd::{
    cli::{self, Engine},
    tasks,
};

fn main() -> ExitCode {
    cli::main(&Engine { name: "herd-async", serve: tasks::serve })
}
