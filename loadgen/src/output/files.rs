//! Files that are written for other programs to read.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use serde::Serialize;

/// Whether the path stands for standard output.
pub(crate) fn is_stdout(path: Option<&Path>) -> bool {
    path == Some(Path::new("-"))
}

/// Writes a JSON document to a file, or to standard output for `-`.
pub(crate) fn write_json(path: &Path, document: &impl Serialize) -> anyhow::Result<()> {
    let mut out: Box<dyn Write> = if is_stdout(Some(path)) { Box::new(io::stdout()) } else { Box::new(create(path)?) };
    serde_json::to_writer_pretty(&mut out, document)?;
    writeln!(out)?;
    out.flush().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a text to a file, or to standard output for `-`.
pub(crate) fn write_text(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut out: Box<dyn Write> = if is_stdout(Some(path)) { Box::new(io::stdout()) } else { Box::new(create(path)?) };
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A file to write to.
pub(crate) fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?))
}
