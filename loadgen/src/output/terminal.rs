use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the progress line is drawn anew, a second.
const REDRAWS_PER_S: u8 = 5;
/// What is over sooner shows no progress line.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// A line on standard error that shows how far a command is; nothing where that is no terminal.
pub(crate) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// A line that begins with this text.
    pub(crate) fn new(prefix: impl Into<String>) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_S);
        let style = ProgressStyle::with_template("{prefix}{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::with_draw_target(None, target).with_style(style).with_prefix(prefix.into()))
    }

    /// Shows this, unless the line is very young.
    pub(crate) fn show(&self, text: impl Into<String>) {
        if self.0.elapsed() >= SHOWN_AFTER {
            self.0.set_message(text.into());
        }
    }

    /// Shows this at once.
    pub(crate) fn show_now(&self, text: impl Into<String>) {
        self.0.set_message(text.into());
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The text in this colour, on a terminal whose user has not said `NO_COLOR`.
pub(crate) fn painted(colour: Colour, text: &str) -> String {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if is_plain || !io::stdout().is_terminal() {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Red => 31,
        Colour::Green => 32,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// What colours are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// What is wrong.
    Red,
    /// What is right.
    Green,
}
