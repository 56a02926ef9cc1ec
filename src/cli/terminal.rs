//! What reaches the user's terminal: colours only where they are seen and wanted, and no control characters of others.

use std::{
    env, fmt,
    io::{self, IsTerminal, Write},
};

use clap::builder::styling::{AnsiColor, Style};

use super::Failure;

/// Whether to colour a stream: a terminal, and `NO_COLOR` unset or empty (no-color.org).
pub(super) fn coloured(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Text in a style, or plain where the stream takes no colours.
pub(super) fn paint(text: impl fmt::Display, style: Style, stream: &impl IsTerminal) -> String {
    if coloured(stream) { format!("{style}{text}{style:#}") } else { text.to_string() }
}

/// Prints to stdout. A reader that has gone away, as in `| head`, is no failure.
pub(super) fn print(text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Tells the user on stderr what is wrong; where even that fails there is nobody left to tell.
pub(super) fn complain(program: &str, message: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let program = paint(format_args!("{program}:"), style, &io::stderr());
    let _nobody_to_tell = writeln!(io::stderr(), "{program} {message}");
}

/// Tells a person on stderr what goes on; nothing where nobody sees it.
pub(super) fn note(message: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        let _nobody_to_tell = writeln!(stderr, "{message}");
    }
}

/// Bytes from elsewhere as text that cannot steer the terminal; line feeds and tabs stay.
pub(super) fn harmless(bytes: &[u8]) -> String {
    let keep = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if keep(c) { text.push(c) } else { text.extend(c.escape_default()) }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(harmless(b"a\x1b[2J\tb\xff\n"), "a\\u{1b}[2J\tb\\xff\n");
        assert_eq!(harmless("é\u{9b}".as_bytes()), "é\\u{9b}");
    }
}
