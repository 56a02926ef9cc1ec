use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::template::Template;
use crate::fault::{Fault, demand};

/// A server that is none of the herd, such as a database with replicas: what stands for an update, and how others follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The line that stands for an update; `{n}` in it counts.
    pub line: String,
    /// What each reply must match, as a regular expression.
    pub expect: String,
    /// What is added to the command line of one that follows another.
    pub(super) follow: Vec<Template>,
    /// How one that follows another is asked whether it does.
    pub linked: Linked,
}

/// How a server is asked whether it follows another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// What it is sent.
    pub line: String,
    /// What its answer holds once it does.
    pub expect: String,
}

/// The table as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    line: Spanned<String>,
    expect: Spanned<String>,
    follow: Vec<Spanned<String>>,
    linked: Linked,
}

/// Different lines that stand for updates: as many as the load generator has clients by default.
const LINES: u32 = 1_000;

impl Foreign {
    /// The lines of a file for the load generator's raw mode.
    #[must_use]
    pub fn lines(&self) -> String {
        (0..LINES).map(|n| self.line.replace("{n}", &n.to_string()) + "\n").collect()
    }
}

/// Reads the table.
pub(super) fn read(table: Spanned<File>) -> Result<Foreign, Fault> {
    let File { line, expect, follow, linked } = table.into_inner();
    demand(line.span(), !line.get_ref().contains(['\n', '\r']), "`line` is one line")?;
    demand(expect.span(), Regex::new(expect.get_ref()).is_ok(), "`expect` is a regular expression")?;
    let template = |argument: &Spanned<String>| {
        Template::parse(argument.get_ref()).map_err(|message| Fault::at(argument.span(), message))
    };
    let follow = follow.iter().map(template).collect::<Result<_, _>>()?;
    Ok(Foreign { line: line.into_inner(), expect: expect.into_inner(), follow, linked })
}
