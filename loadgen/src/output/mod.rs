//! How commands give their results: files for other programs.

mod files;

pub(crate) use files::{create, is_stdout, write_json};
