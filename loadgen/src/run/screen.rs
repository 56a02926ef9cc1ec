use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use super::{LiveFigures, Progress};

/// How often the line is drawn anew.
const REDRAW: Duration = Duration::from_millis(200);
/// Opening that takes less is not worth a line.
const OPENING_AFTER: Duration = Duration::from_millis(500);

/// The progress line on a terminal; nothing anywhere else.
pub(crate) struct Screen {
    live_figures: LiveFigures,
    begun: Instant,
    drawn: Option<Instant>,
    /// What stands before each line.
    prefix: String,
}

impl Screen {
    pub(crate) fn new(live_figures: LiveFigures) -> Self {
        Self { live_figures, begun: Instant::now(), drawn: None, prefix: String::new() }
    }

    /// Begins anew, with this before each line.
    pub(crate) fn begin(&mut self, prefix: String) {
        (self.begun, self.prefix) = (Instant::now(), prefix);
    }

    pub(crate) fn show(&mut self, progress: &Progress) {
        let is_early = self.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW);
        if self.live_figures == LiveFigures::Off || is_early {
            return;
        }
        let line = match progress {
            Progress::Opening { .. } if self.begun.elapsed() < OPENING_AFTER => return,
            Progress::Opening { ready, all } => format!("opening connections: {ready} of {all} ready"),
            Progress::Running { left, last: None, .. } => format!("warming up, {} s left", left.as_secs()),
            Progress::Running { left, last: Some(last), .. } => format!(
                "{} replies/s   p50 {:.2} ms   p99 {:.2} ms   {} failed   {} s left",
                last.completed,
                last.p50_us / 1e3,
                last.p99_us / 1e3,
                last.failed,
                left.as_secs()
            ),
        };
        self.drawn = Some(Instant::now());
        // A terminal that has gone away does not end the run.
        let _ = write!(io::stderr(), "\r\x1b[K{}{line}", self.prefix);
    }

    pub(crate) fn clear(&mut self) {
        if self.drawn.take().is_some() {
            // As above.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
