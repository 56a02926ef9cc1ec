use std::{env, io};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use super::{Failure, terminal};

/// The variable that says what is logged, in the directives of `tracing-subscriber`.
const VARIABLE: &str = "HERD_LOG";

/// Diagnostics that wait for stderr: some MB at most. What comes when it is full is dropped.
const LINES: usize = 8192;

/// Diagnostics on their way to stderr. Those that were made are written when it is dropped, or given up after a second.
#[must_use = "dropping it ends diagnostics"]
pub(super) struct Diagnostics(#[expect(dead_code, reason = "held for its drop")] WorkerGuard);

/// Sends diagnostics to stderr, from `info` up unless `HERD_LOG` says otherwise. A thread of their own writes them, so that
/// no part of a server waits for whoever should read its stderr and does not.
pub(super) fn start() -> Result<Diagnostics, Failure> {
    let directives = env::var(VARIABLE).unwrap_or_default();
    let directives = if directives.is_empty() { "info" } else { &directives };
    let filter = EnvFilter::try_new(directives).map_err(|error| {
        Failure::misuse(format!("{VARIABLE}={directives:?}: {error}; say for example `debug` or `herd=trace`"))
    })?;
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES).thread_name("diagnostics");
    let (writer, guard) = builder.finish(io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(terminal::coloured(&io::stderr()))
        // A diagnostic that cannot be written must not end a server whose stderr was closed.
        .log_internal_errors(false)
        .try_init()
        .map_err(|error| Failure::because(error.to_string()))?;
    Ok(Diagnostics(guard))
}
