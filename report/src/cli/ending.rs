use std::process::ExitCode;

/// Exit status where something could not be carried out.
const FAILED: u8 = 2;

/// The exit status of a command that either did all or says why it could not.
pub(super) fn ended(carried_out: anyhow::Result<()>) -> ExitCode {
    carried_out.map_or_else(|error| complain(&error), |()| ExitCode::SUCCESS)
}

/// Says why a command could not be carried out.
pub(super) fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("report: {error:#}");
    ExitCode::from(FAILED)
}
