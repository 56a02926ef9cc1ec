use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::protocol::Name;

/// A file takes at least this much before it is rotated, whatever the settings say: a chunk of the writer fits.
pub(super) const MIN_FILE_BYTES: u64 = 64 << 10;

/// `NAME.jsonl`, which becomes `NAME.jsonl.1` in place of an older one when it is full.
///
/// Lines stay whole: each is in one file. After an error the file is closed, and the next append opens it again.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    older: PathBuf,
    max_bytes: u64,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    len: u64,
}

/// An append that failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// Lines that are not wholly in the file.
    pub(super) lost: u64,
    pub(super) error: io::Error,
}

impl RotatingFile {
    /// Creates the directory and opens the file.
    pub(super) fn open(dir: &Path, name: &Name, max_bytes: u64) -> io::Result<Self> {
        let path = dir.join(format!("{name}.jsonl"));
        let older = dir.join(format!("{name}.jsonl.1"));
        let open = fs::create_dir_all(dir).and_then(|()| Open::append_to(&path)).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot open the journal {}: {error}", path.display()))
        })?;
        Ok(Self { path, older, max_bytes: max_bytes.max(MIN_FILE_BYTES), open: Some(open) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends whole lines and rotates between them where necessary. Gives the number of lines that are longer than a
    /// file may be and were left out.
    pub(super) fn append(&mut self, mut lines: &[u8]) -> Result<u64, Failed> {
        let mut oversized = 0;
        while !lines.is_empty() {
            let wrote = self.append_some(&mut lines, &mut oversized);
            if let Err(error) = wrote {
                self.open = None;
                return Err(Failed { lost: oversized + count_lines(lines), error });
            }
        }
        Ok(oversized)
    }

    /// One step: writes what fits, rotates, or leaves a line out. Advances `lines` past what it dealt with.
    fn append_some(&mut self, lines: &mut &[u8], oversized: &mut u64) -> io::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            closed @ None => closed.insert(Open::append_to(&self.path)?),
        };
        let fits = whole_lines(lines, self.max_bytes.saturating_sub(open.len));
        if fits > 0 {
            return open.write(lines, fits);
        }
        if open.len == 0 {
            *lines = &lines[first_line(lines)..];
            *oversized += 1;
            return Ok(());
        }
        fs::rename(&self.path, &self.older)?;
        self.open = None;
        Ok(())
    }
}

impl Open {
    /// Opens the file to append to it; a last line that was torn gets its LF.
    fn append_to(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).read(true).append(true).open(path)?;
        let len = file.metadata()?.len();
        let mut open = Self { file, len };
        if len > 0 && open.last_byte()? != b'\n' {
            open.write(&mut &b"\n"[..], 1)?;
        }
        Ok(open)
    }

    fn last_byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    /// Writes the first `count` bytes and advances past what was written, also when it fails halfway.
    fn write(&mut self, bytes: &mut &[u8], mut count: usize) -> io::Result<()> {
        while count > 0 {
            match self.file.write(&bytes[..count]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    *bytes = &bytes[written..];
                    count -= written;
                    self.len += written as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Length of the longest run of whole lines of at most `room` bytes.
fn whole_lines(lines: &[u8], room: u64) -> usize {
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
    lines[..room].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1)
}

fn first_line(lines: &[u8]) -> usize {
    lines.iter().position(|&b| b == b'\n').map_or(lines.len(), |at| at + 1)
}

fn count_lines(lines: &[u8]) -> u64 {
    lines.split_inclusive(|&b| b == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> RotatingFile {
        RotatingFile::open(dir, &"Hands".parse().unwrap(), 0).unwrap()
    }

    fn read(dir: &Path, file: &str) -> String {
        fs::read_to_string(dir.join(file)).unwrap()
    }

    #[test]
    fn a_torn_last_line_gets_its_end() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Hands.jsonl"), "{\"seq\":1}\n{\"se").unwrap();
        open(dir.path()).append(b"{}\n").unwrap();
        open(dir.path()).append(b"[]\n").unwrap();
        assert_eq!(read(dir.path(), "Hands.jsonl"), "{\"seq\":1}\n{\"se\n{}\n[]\n");
    }

    #[test]
    fn rotation_keeps_whole_lines_and_one_older_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = open(&dir.path().join("made"));
        let line = |n: usize| format!("{n:06}{}\n", "x".repeat(n % 97));
        let mut numbers = 0..20_000;
        while let Some(first) = numbers.next() {
            let chunk: String = std::iter::once(first).chain(numbers.by_ref().take(700)).map(line).collect();
            assert_eq!(file.append(chunk.as_bytes()).unwrap(), 0);
        }
        let dir = dir.path().join("made");
        let (older, newer) = (read(&dir, "Hands.jsonl.1"), read(&dir, "Hands.jsonl"));
        assert!(older.len().max(newer.len()) as u64 <= MIN_FILE_BYTES);
        let kept: Vec<_> = older.lines().chain(newer.lines()).collect();
        assert!(kept.len() > 1000);
        for (line_kept, n) in kept.iter().zip(20_000 - kept.len()..) {
            assert_eq!(*line_kept, line(n).trim_end());
        }
    }

    #[test]
    fn a_line_longer_than_a_file_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(usize::try_from(MIN_FILE_BYTES).unwrap());
        let mut file = open(dir.path());
        assert_eq!(file.append(format!("a\n{long}\nb\n").as_bytes()).unwrap(), 1);
        assert_eq!(read(dir.path(), "Hands.jsonl.1") + &read(dir.path(), "Hands.jsonl"), "a\nb\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_loses_lines_and_the_file_is_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Hands.jsonl");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let mut file = open(dir.path());
        let failed = file.append(b"1\n2\n3\n").unwrap_err();
        assert_eq!((failed.lost, failed.error.kind()), (3, ErrorKind::StorageFull));
        fs::remove_file(&path).unwrap();
        assert_eq!(file.append(b"4\n").unwrap(), 0);
        assert_eq!(read(dir.path(), "Hands.jsonl"), "4\n");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let name = "Hands".parse().unwrap();
        let error = RotatingFile::open(&dir.path().join("file"), &name, 0).unwrap_err();
        assert!(error.to_string().contains("Hands.jsonl"), "{error}");
    }
}
