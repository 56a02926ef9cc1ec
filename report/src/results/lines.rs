use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::RecordError;

/// Records of one file, in its order, each with the number of its line; and the lines that are none.
pub(super) struct Lines<T> {
    pub(super) records: Vec<(u32, T)>,
    pub(super) damaged: Vec<DamagedLine>,
}

/// A line that is no whole record, such as one that was cut off.
pub(super) struct DamagedLine {
    pub(super) number: u32,
    pub(super) why: String,
}

/// Adds a record at the end of a file, in one line and one write, and waits until it is on the disk.
pub(super) fn append(path: &Path, record: &impl Serialize) -> Result<(), RecordError> {
    let mut line = serde_json::to_vec(record).map_err(|error| unwritable(path)(error.into()))?;
    line.push(b'\n');
    append_bytes(path, &line).map_err(unwritable(path))
}

/// Reads the records of a file. Damaged lines are told and left out; a record of a later version is an error.
pub(super) fn read<T: DeserializeOwned>(path: &Path, format: &str) -> Result<Lines<T>, RecordError> {
    let bytes = fs::read(path).map_err(|cause| RecordError::Unreadable { file: path.to_owned(), cause })?;
    let mut lines = Lines { records: Vec::new(), damaged: Vec::new() };
    for (number, line) in (1..).zip(lines_of(&bytes)) {
        match parse(line, path, format) {
            Ok(record) => lines.records.push((number, record)),
            Err(RecordError::Damaged { why, .. }) => lines.damaged.push(DamagedLine { number, why }),
            Err(error) => return Err(error),
        }
    }
    Ok(lines)
}

/// Moves the damaged lines of a file into a file beside it, so that records can be added again; gives them and that file.
/// They are on the disk there before they are gone here.
pub(super) fn set_aside<T: DeserializeOwned>(
    path: &Path,
    format: &str,
) -> Result<Option<(Vec<DamagedLine>, PathBuf)>, RecordError> {
    let damaged = read::<T>(path, format)?.damaged;
    let bytes = fs::read(path).map_err(|cause| RecordError::Unreadable { file: path.to_owned(), cause })?;
    if damaged.is_empty() && bytes.ends_with(b"\n") {
        return Ok(None);
    }
    let is_damaged = |number: u32| damaged.iter().any(|line| line.number == number);
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(lines_of(&bytes)) {
        let to = if is_damaged(number) { &mut moved } else { &mut kept };
        to.extend_from_slice(line);
        to.push(b'\n');
    }
    let aside = path.with_extension("jsonl.unreadable");
    if !moved.is_empty() {
        append_bytes(&aside, &moved).map_err(unwritable(&aside))?;
    }
    replace(path, &kept)?;
    Ok(Some((damaged, aside)))
}

/// Reads a document that is a file of its own.
pub(super) fn read_document<T: DeserializeOwned>(path: &Path, format: &str) -> Result<T, RecordError> {
    let bytes = fs::read(path).map_err(|cause| RecordError::Unreadable { file: path.to_owned(), cause })?;
    parse(&bytes, path, format)
}

/// Writes a document so that it is there whole or not at all, even if the machine stops.
pub(super) fn write_document(path: &Path, document: &impl Serialize) -> Result<(), RecordError> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|error| unwritable(path)(error.into()))?;
    bytes.push(b'\n');
    replace(path, &bytes)
}

/// Writes all records of a file so that it is there whole or not at all.
pub(super) fn write_lines(path: &Path, records: &[impl Serialize]) -> Result<(), RecordError> {
    let mut bytes = Vec::new();
    for record in records {
        serde_json::to_writer(&mut bytes, record).map_err(|error| unwritable(path)(error.into()))?;
        bytes.push(b'\n');
    }
    replace(path, &bytes)
}

/// The lines of a text; one at its end need not end in LF.
fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n').filter(move |_| !bytes.is_empty())
}

/// Reads a record of this format.
fn parse<T: DeserializeOwned>(text: &[u8], path: &Path, format: &str) -> Result<T, RecordError> {
    let damaged = |why: String| RecordError::Damaged { file: path.to_owned(), why };
    let value: Value = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    let Some(found) = value.get("format").and_then(Value::as_str) else {
        return Err(damaged(format!("it names no format such as {format:?}")));
    };
    if found == format {
        return serde_json::from_value(value).map_err(|error| damaged(error.to_string()));
    }
    let (file, found, known) = (path.to_owned(), found.to_owned(), format.to_owned());
    match (version(&found), version(format)) {
        (Some((name, found_version)), Some((known_name, known_version))) if name == known_name => {
            Err(if found_version > known_version {
                RecordError::Newer { file, found, known }
            } else {
                RecordError::Older { file, found, known }
            })
        }
        _ => Err(damaged(format!("its format is {found:?}, not {format:?}"))),
    }
}

/// The name and the version of a format.
fn version(format: &str) -> Option<(&str, u32)> {
    let (name, version) = format.rsplit_once('/')?;
    Some((name, version.parse().ok()?))
}

fn append_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    if let Some(folder) = path.parent().filter(|_| is_new) {
        fs::create_dir_all(folder)?;
        sync(folder.parent().unwrap_or(folder))?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    match path.parent().filter(|_| is_new) {
        Some(folder) => sync(folder),
        None => Ok(()),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    put(&beside, path, bytes).map_err(|cause| {
        // What could not be written whole must not stay behind and fill the disk further.
        let _is_gone = fs::remove_file(&beside);
        unwritable(path)(cause)
    })
}

fn put(beside: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

/// A name stands once its folder is on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> RecordError {
    let file = path.to_owned();
    move |cause| RecordError::Unwritable { file: file.clone(), cause }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    const FORMAT: &str = "test/2";

    fn file(text: &str) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a/b.jsonl");
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn line(number: u32) -> String {
        format!("{{\"format\":\"test/2\",\"n\":{number}}}\n")
    }

    fn numbers(path: &Path) -> Vec<(u32, u64)> {
        let lines = read::<Value>(path, FORMAT).unwrap();
        lines.records.iter().map(|(number, record)| (*number, record["n"].as_u64().unwrap())).collect()
    }

    #[test]
    fn records_are_added_at_the_end() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("runs/w1/one.jsonl");
        for n in [4, 5] {
            append(&path, &json!({ "format": FORMAT, "n": n })).unwrap();
        }
        assert_eq!(numbers(&path), [(1, 4), (2, 5)]);
        assert_eq!(fs::read_to_string(&path).unwrap(), line(4) + &line(5));
    }

    #[test]
    fn wherever_the_last_line_is_torn_all_others_are_kept_and_it_can_be_added_anew() {
        let whole = line(1) + &line(2);
        for length in line(1).len() + 1..whole.len() {
            let (_folder, path) = file(&whole[..length]);
            let (damaged, aside) = set_aside::<Value>(&path, FORMAT).unwrap().unwrap();
            // Without its LF alone, the line is a whole record.
            let is_torn = length < whole.len() - 1;
            assert_eq!(damaged.iter().map(|line| line.number).collect::<Vec<_>>(), vec![2; usize::from(is_torn)]);
            if is_torn {
                assert_eq!(fs::read_to_string(aside).unwrap(), format!("{}\n", &whole[line(1).len()..length]));
                append(&path, &json!({ "format": FORMAT, "n": 2 })).unwrap();
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), whole, "{length}");
            assert!(set_aside::<Value>(&path, FORMAT).unwrap().is_none());
        }
    }

    #[test]
    fn a_damaged_line_is_told_and_left_out() {
        let (_folder, path) = file(&(line(1) + "{]\n" + &line(3)));
        assert_eq!(numbers(&path), [(1, 1), (3, 3)]);
        let (damaged, aside) = set_aside::<Value>(&path, FORMAT).unwrap().unwrap();
        assert!(damaged[0].number == 2 && damaged[0].why.contains("key must be a string"), "{}", damaged[0].why);
        assert_eq!((fs::read_to_string(aside).unwrap().as_str(), numbers(&path)), ("{]\n", vec![(1, 1), (2, 3)]));
    }

    #[test]
    fn other_versions_are_refused_with_what_to_do() {
        for (format, expected) in [
            ("test/3", "is of the format test/3, and this program knows test/2: use the version that wrote it"),
            ("test/1", "is of the older format test/1, and this program reads test/2"),
        ] {
            let (_folder, path) = file(&line(1).replace(FORMAT, format));
            let told = read::<Value>(&path, FORMAT).err().unwrap().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
