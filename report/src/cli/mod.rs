//! The commands of `report`. `report/README.md` documents them.

mod arguments;
mod claims;
mod compare;
mod diff;
mod ending;
mod experiment;
mod guard;
mod render;
mod variants;

pub(crate) use arguments::Cli;
