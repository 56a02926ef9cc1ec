//! Will run comparisons of herd servers and write the report; so far it says so.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!(
        "report: comparisons are not there yet.\n\n\
         This program will build every server of the project, measure them in interleaved blocks as report/METHOD.md \
         says, and write a page with the verdicts.\n\
         Until then: `cargo run --release -- up` starts the herd, and `cargo run -p loadgen -- check` checks a server."
    );
    ExitCode::from(2)
}
