//! The commands of `report`. `report/README.md` documents them.

mod arguments;
mod compare;
mod guard;
mod variants;

pub(crate) use arguments::Cli;
