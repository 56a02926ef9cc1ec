use std::{
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    net::SocketAddr,
};

use clap::builder::styling::{AnsiColor, Style};
use crossbeam_channel::Sender;

use super::super::terminal;
use crate::protocol::Name;

/// A longer line of a child is printed in pieces; a stack trace fits.
const MAX_LINE: u64 = 64 * 1024;

/// Distinct at a glance on dark and on light terminals.
const COLOURS: [AnsiColor; 6] =
    [AnsiColor::Cyan, AnsiColor::Green, AnsiColor::Yellow, AnsiColor::Magenta, AnsiColor::Blue, AnsiColor::Red];

/// What the main thread hears of.
#[derive(Debug)]
pub(super) enum Event {
    /// A server has bound its listeners.
    Ready(usize, Ready),
    /// A server's stderr has ended; its last line.
    OutputEnded(usize, String),
    /// The process got a signal.
    Signal(i32),
    /// Nobody reads what the herd prints any more.
    OutputClosed,
}

/// What a ready line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) name: Name,
    pub(super) clients: SocketAddr,
    pub(super) peers: SocketAddr,
    pub(super) admin: SocketAddr,
}

impl Ready {
    /// Reads `ready NAME CLIENTS PEERS ADMIN`.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut words = str::from_utf8(line).ok()?.strip_prefix("ready ")?.split_whitespace();
        Some(Self {
            name: words.next()?.parse().ok()?,
            clients: words.next()?.parse().ok()?,
            peers: words.next()?.parse().ok()?,
            admin: words.next()?.parse().ok()?,
        })
    }
}

/// The name before each of a server's lines, as wide as the longest name.
#[derive(Clone, Debug)]
pub(super) struct Prefix {
    text: String,
    style: Style,
}

impl Prefix {
    pub(super) fn new(server: usize, name: &Name, width: usize) -> Self {
        let style = Style::new().fg_color(Some(COLOURS[server % COLOURS.len()].into()));
        Self { text: format!("{:width$} |", name.as_str()), style }
    }

    /// Writes a line in one piece, so that servers do not write into each other's lines.
    fn write<W: Write + IsTerminal>(&self, line: &[u8], mut to: W) -> io::Result<()> {
        let mut text = terminal::paint(&self.text, self.style, &to).into_bytes();
        text.push(b' ');
        text.extend_from_slice(line);
        text.push(b'\n');
        to.write_all(&text)?;
        to.flush()
    }
}

/// Passes a server's stdout on until it ends, and tells of the ready line.
pub(super) fn relay_stdout(server: usize, from: impl Read, prefix: &Prefix, events: &Sender<Event>) {
    let mut heard = true;
    each_line(from, |line| {
        if heard && prefix.write(line, io::stdout().lock()).is_err() {
            heard = false;
            tell(events, Event::OutputClosed);
        }
        if let Some(ready) = Ready::parse(line) {
            tell(events, Event::Ready(server, ready));
        }
    });
}

/// Passes a server's stderr on until it ends, and tells of its last line.
pub(super) fn relay_stderr(server: usize, from: impl Read, prefix: &Prefix, events: &Sender<Event>) {
    let mut last = Vec::new();
    each_line(from, |line| {
        let _unheard = prefix.write(line, io::stderr().lock());
        if !line.trim_ascii().is_empty() {
            line.clone_into(&mut last);
        }
    });
    tell(events, Event::OutputEnded(server, terminal::harmless(&last)));
}

/// Nobody listens any more once the main thread is done with the herd.
fn tell(events: &Sender<Event>, event: Event) {
    let _nobody_listens = events.send(event);
}

fn each_line(from: impl Read, mut each: impl FnMut(&[u8])) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
        each(line.strip_suffix(b"\n").unwrap_or(&line));
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_the_last_needs_no_end() {
        let mut text = vec![b'x'; 70_000];
        text.extend_from_slice(b"\n\nend");
        let mut widths = Vec::new();
        each_line(text.as_slice(), |line| widths.push(line.len()));
        assert_eq!(widths, [65_536, 4_464, 0, 3]);
    }

    #[test]
    fn a_ready_line_has_a_name_and_three_addresses() {
        assert!(Ready::parse(b"ready A 127.0.0.1:1 127.0.0.1:2 [::1]:3").is_some());
        for line in ["ready A 127.0.0.1:1 127.0.0.1:2", "Ready A", "ready 9 1 2 3", "already A"] {
            assert_eq!(Ready::parse(line.as_bytes()), None, "{line}");
        }
    }
}
