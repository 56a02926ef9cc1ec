use std::{fmt, time::Duration};

use clap::ValueEnum;
use serde::Serialize;

use super::template::Template;

/// How much of the protocol is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What the original assignment demands: the rules marked **(spec)** in PROTOCOL.
    Assignment,
    /// All of PROTOCOL.
    Strict,
}

/// What a case is played against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The client port of each target by itself.
    Server,
    /// The client ports of each ordered pair of targets.
    Pair,
    /// The peer port of one server, which the suite dials as a neighbour.
    Peer,
    /// As `Peer`, and the server's own link to that neighbour, which the suite accepts.
    Listen,
}

/// One expectation that PROTOCOL raises, as a transcript.
#[derive(Clone, Debug)]
pub struct Case {
    /// Unique name, for people and for patterns.
    pub name: String,
    /// The PROTOCOL rules it covers, such as `2.5`; `4` is section 4.
    pub rules: Vec<String>,
    /// The lowest level at which it is demanded.
    pub level: Level,
    /// What it is played against.
    pub scope: Scope,
    /// Whether it takes seconds rather than milliseconds.
    pub slow: bool,
    /// What must hold, in a sentence.
    pub about: String,
    /// The file it stands in.
    pub file: String,
    pub(super) steps: Vec<Step>,
}

/// One line of a transcript, or a block of them.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Line number in the case's file.
    pub(super) line: usize,
    pub(super) action: Action,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Goes on with the n-th connection of a place, which is opened on first use.
    At(Place, u8),
    /// Ends the present connection and opens another.
    Connect,
    /// Sends a line.
    SendLine(Template),
    /// Sends bytes, with no terminator.
    Send(Template),
    /// Sends a line one byte at a time.
    Drip(Template),
    /// Expects a line, or a places document.
    Expect(Template),
    /// Reads lines until one is as expected.
    Seek(Template),
    /// Ends our sending side.
    HalfClose,
    /// Expects the end of input and nothing before it.
    Eof,
    /// Expects the end of input, whatever comes before it.
    Closed,
    /// Lets time pass without reading.
    Wait(Duration),
    /// Expects that the server neither sends nor closes for a while.
    Quiet(Duration),
    /// Sends all of a block in one write, so many times over, then compares all replies in order.
    Burst(u32, Vec<Step>),
    /// Tries a block on connections of its own until it holds or the herd's deadline has passed.
    Poll(Vec<Step>),
    /// Expects that the skews of this case show no sign of rounding.
    ExactSkews,
}

/// Where a connection leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The client port of the server under test, or of a pair's first.
    First,
    /// The client port of a pair's second.
    Second,
    /// The peer port of the server under test.
    Peer,
    /// The link that the server under test dials to us.
    Dialled,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Assignment => "assignment",
            Self::Strict => "strict",
        })
    }
}
