//! A client of the herd, for people and for scripts.

mod command;
mod connection;
mod prompt;
mod run;
mod show;

pub(super) use run::ask;
