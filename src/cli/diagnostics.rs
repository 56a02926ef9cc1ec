use std::{env, io};

use tracing_subscriber::EnvFilter;

use super::{Failure, terminal};

/// The variable that says what is logged, in the directives of `tracing-subscriber`.
const VARIABLE: &str = "HERD_LOG";

/// Sends diagnostics to stderr, from `info` up unless `HERD_LOG` says otherwise.
pub(super) fn start() -> Result<(), Failure> {
    let directives = env::var(VARIABLE).unwrap_or_default();
    let directives = if directives.is_empty() { "info" } else { &directives };
    let filter = EnvFilter::try_new(directives).map_err(|error| {
        Failure::misuse(format!("{VARIABLE}={directives:?}: {error}; say for example `debug` or `herd=trace`"))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal::coloured(&io::stderr()))
        // A diagnostic that cannot be written must not end a server whose stderr was closed.
        .log_internal_errors(false)
        .try_init()
        .map_err(|error| Failure::because(error.to_string()))
}
