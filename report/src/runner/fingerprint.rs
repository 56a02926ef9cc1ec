use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sha2::{Digest, Sha256};

use crate::variant::Variant;

/// Files of a directory that a server is started from, such as classes, at most.
const MOST_FILES: usize = 200;

/// SHA-256 of every file that a variant's command line names, and of its program, by path as named there.
pub(super) fn hashes(variant: &Variant, command: &[String]) -> io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for (number, argument) in command.iter().enumerate() {
        let program = (number == 0 && !argument.contains('/')).then(|| variant.locate(argument)).flatten();
        let path = program.unwrap_or_else(|| variant.directory.join(argument));
        for file in files(&path)? {
            let inner = file.strip_prefix(&path).ok().filter(|inner| !inner.as_os_str().is_empty());
            let name = inner.map_or_else(|| argument.clone(), |inner| format!("{argument}/{}", inner.display()));
            found.push((name, hash(&file)?));
        }
    }
    found.dedup();
    Ok(found)
}

/// The file itself, or the files right in a directory.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    files.truncate(MOST_FILES);
    Ok(files)
}

fn hash(file: &Path) -> io::Result<String> {
    let digest = Sha256::digest(fs::read(file)?);
    Ok(digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}

/// The commit of a checkout, with `-dirty` where files differ from it; `None` outside one, or without git.
pub(super) fn commit(directory: &Path) -> Option<String> {
    let head = git(directory, &["rev-parse", "HEAD"])?;
    let changes = git(directory, &["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() { head } else { format!("{head}-dirty") })
}

fn git(directory: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    let output = command.args(arguments).current_dir(directory).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_sha256sum() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash(file.path()).unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
