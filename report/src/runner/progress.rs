use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two lines where nobody watches.
const BETWEEN_LINES: Duration = Duration::from_secs(10);
/// Time after which what was foreseen is corrected by what was needed.
const LEARNT: Duration = Duration::from_secs(10);

/// Tells people how far the comparison is, on standard error: one line that changes on a terminal, now and then a line
/// elsewhere.
pub(super) struct Progress {
    foreseen: Duration,
    /// What was foreseen for all that is done, and what of it was done before.
    done: Duration,
    skipped: Duration,
    /// When the first of it was begun: building comes before, and says nothing of how long runs take.
    begun: Option<Instant>,
    last_line: Option<Instant>,
    /// The line on a terminal; none elsewhere.
    line: Option<ProgressBar>,
}

impl Progress {
    /// For a comparison that is foreseen to take so long.
    pub(super) fn new(foreseen: Duration) -> Self {
        let (done, skipped) = (Duration::ZERO, Duration::ZERO);
        Self { foreseen, done, skipped, begun: None, last_line: None, line: stderr().is_terminal().then(line) }
    }

    /// Shows what happens now.
    pub(super) fn show(&mut self, what: &str) {
        let line = format!("{:3.0} %  {} left  {what}", self.share() * 100.0, in_words(self.left()));
        if let Some(bar) = &self.line {
            bar.set_message(line);
            bar.force_draw();
        } else if self.last_line.is_none_or(|last| last.elapsed() >= BETWEEN_LINES) {
            self.last_line = Some(Instant::now());
            // What cannot be shown is no reason to end a comparison.
            let _unseen = writeln!(stderr(), "{line}");
        }
    }

    /// Tells something that stays to be read.
    pub(super) fn tell(&self, what: &str) {
        let tell = || {
            let _unseen = writeln!(stderr(), "{what}");
        };
        match &self.line {
            Some(bar) => bar.suspend(tell),
            None => tell(),
        }
    }

    /// Something is done that was foreseen to take so long.
    pub(super) fn advance(&mut self, foreseen: Duration) {
        self.begun = self.begun.or_else(|| Instant::now().checked_sub(foreseen));
        self.done += foreseen;
    }

    /// Something was done before, by a comparison that was interrupted.
    pub(super) fn skip(&mut self, foreseen: Duration) {
        self.done += foreseen;
        self.skipped += foreseen;
    }

    fn share(&self) -> f64 {
        (self.done.as_secs_f64() / self.foreseen.as_secs_f64().max(1e-9)).min(1.0)
    }

    fn left(&self) -> Duration {
        let left = self.foreseen.saturating_sub(self.done);
        let measured = self.done.saturating_sub(self.skipped);
        match self.begun {
            Some(begun) if measured >= LEARNT => left.mul_f64(begun.elapsed().as_secs_f64() / measured.as_secs_f64()),
            Some(_) | None => left,
        }
    }
}

/// A line that is cut to the width of the terminal. Nothing redraws it but who shows something: the processors are measured.
fn line() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.line {
            bar.finish_and_clear();
        }
    }
}

/// A length of time for people.
pub(super) fn in_words(length: Duration) -> String {
    let seconds = length.as_secs() + u64::from(length.subsec_millis() >= 500);
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        6_000.. => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}
