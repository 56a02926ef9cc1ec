use std::{collections::BTreeMap, io::Write as _};

use flate2::{Compression, write::ZlibEncoder};

use super::{
    format::{
        BAND_UNITS, BANDS, HEADER_BYTES, MAGIC, MAX_INFLATED_BYTES, MAX_PLACES, MAX_REGIONS, MAX_TEXT_BYTES,
        SOUTH_UNITS, VERSION, WEST_UNITS,
    },
    sphere::UNITS_PER_DEG,
};

/// A place to be packed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Latitude in degrees, -90 to 90; rounded to 0.00001.
    pub latitude_deg: f64,
    /// Longitude in degrees, -180 to 180; rounded to 0.00001.
    pub longitude_deg: f64,
    /// Its name: one line, not empty.
    pub name: String,
    /// The region it lies in, as `vicinity` shows it: one line, may be empty.
    pub region: String,
}

/// Why places cannot be packed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A coordinate is no number or out of range.
    #[error("{0:?} has a coordinate out of range")]
    Coordinate(String),
    /// A text is too long, or holds control characters; a name is empty.
    #[error("{0:?} is empty, too long or holds a control character")]
    Text(String),
    /// There is more than the format holds.
    #[error("more {what} than {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// The compressor failed.
    #[error("cannot compress: {0}")]
    Compress(String),
}

/// A place on its way into the file, in the file's units and order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    band: usize,
    lon: u32,
    lat: u32,
    name: String,
    region: String,
}

/// Packs places into the bytes of a file (the format is described in `format.rs`).
///
/// The same places in any order give the same bytes. Of places with the same coordinates and name one is kept.
/// `attribution` is the HTML that every answer carries in `html_attributions`.
pub fn pack(entries: Vec<Entry>, attribution: &str) -> Result<Vec<u8>, PackError> {
    check_text(attribution)?;
    let mut rows = entries.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    rows.sort_unstable();
    rows.dedup_by(|b, a| (a.band, a.lon, a.lat, &a.name) == (b.band, b.lon, b.lat, &b.name));
    if rows.len() > MAX_PLACES {
        return Err(PackError::TooMany { what: "places", most: MAX_PLACES });
    }
    let content = content(&rows, attribution)?;
    if content.len() > MAX_INFLATED_BYTES {
        return Err(PackError::TooMany { what: "bytes of content", most: MAX_INFLATED_BYTES });
    }
    compress(rows.len(), &content)
}

fn row(entry: Entry) -> Result<Row, PackError> {
    check_text(&entry.region)?;
    check_text(&entry.name)?;
    if entry.name.is_empty() {
        return Err(PackError::Text(entry.name));
    }
    let (Some(lat), Some(lon)) = (
        units_from(entry.latitude_deg, SOUTH_UNITS, -SOUTH_UNITS),
        units_from(entry.longitude_deg, WEST_UNITS, -WEST_UNITS),
    ) else {
        return Err(PackError::Coordinate(entry.name));
    };
    let band_units = BAND_UNITS.unsigned_abs();
    Ok(Row { band: (lat / band_units) as usize, lon, lat: lat % band_units, name: entry.name, region: entry.region })
}

/// A coordinate as units east or north of `least`, if it is within `least` and `most`.
fn units_from(coordinate_deg: f64, least: i32, most: i32) -> Option<u32> {
    let units = (coordinate_deg * UNITS_PER_DEG).round();
    if !(f64::from(least)..=f64::from(most)).contains(&units) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number between two i32, as was just checked")]
    let units = units as i32;
    units.checked_sub(least)?.try_into().ok()
}

fn check_text(text: &str) -> Result<(), PackError> {
    if text.len() > MAX_TEXT_BYTES || text.chars().any(char::is_control) {
        return Err(PackError::Text(text.chars().take(80).collect()));
    }
    Ok(())
}

fn content(rows: &[Row], attribution: &str) -> Result<Vec<u8>, PackError> {
    let numbers = number_regions(rows)?;
    let mut out = Vec::new();
    varint(&mut out, attribution.len());
    out.extend_from_slice(attribution.as_bytes());
    varint(&mut out, numbers.len());
    varint(&mut out, numbers.keys().map(|region| region.len() + 1).sum());
    for region in numbers.keys() {
        line(&mut out, region);
    }
    let mut in_band = [0_usize; BANDS];
    for row in rows {
        in_band[row.band] += 1;
    }
    for count in in_band {
        varint(&mut out, count);
    }
    let mut west = (0, 0);
    for row in rows {
        let from = if west.0 == row.band { west.1 } else { 0 };
        varint(&mut out, (row.lon - from) as usize);
        west = (row.band, row.lon);
    }
    two_planes(&mut out, rows.iter().map(|row| row.lat));
    two_planes(&mut out, rows.iter().map(|row| numbers[row.region.as_str()]));
    for row in rows {
        line(&mut out, &row.name);
    }
    Ok(out)
}

/// Numbers the regions in alphabetical order, in which neighbours share much and so compress well.
fn number_regions(rows: &[Row]) -> Result<BTreeMap<&str, u32>, PackError> {
    let mut numbers: BTreeMap<&str, u32> = rows.iter().map(|row| (row.region.as_str(), 0)).collect();
    if numbers.len() > MAX_REGIONS {
        return Err(PackError::TooMany { what: "regions", most: MAX_REGIONS });
    }
    for (next, number) in (0..).zip(numbers.values_mut()) {
        *number = next;
    }
    Ok(numbers)
}

pub(super) fn compress(places: usize, content: &[u8]) -> Result<Vec<u8>, PackError> {
    let mut out = Vec::with_capacity(HEADER_BYTES + content.len() / 2);
    out.extend_from_slice(MAGIC);
    out.push(VERSION);
    for number in [places, content.len()] {
        let number =
            u32::try_from(number).map_err(|_| PackError::TooMany { what: "bytes", most: u32::MAX as usize })?;
        out.extend_from_slice(&number.to_le_bytes());
    }
    let mut encoder = ZlibEncoder::new(out, Compression::best());
    encoder.write_all(content).map_err(|e| PackError::Compress(e.to_string()))?;
    encoder.finish().map_err(|e| PackError::Compress(e.to_string()))
}

pub(super) fn varint(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn two_planes(out: &mut Vec<u8>, numbers: impl Iterator<Item = u32> + Clone) {
    out.extend(numbers.clone().map(|number| number.to_le_bytes()[0]));
    out.extend(numbers.map(|number| number.to_le_bytes()[1]));
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(latitude_deg: f64, longitude_deg: f64, name: &str) -> Entry {
        Entry { latitude_deg, longitude_deg, name: name.to_owned(), region: String::new() }
    }

    #[test]
    fn the_order_of_the_entries_does_not_matter() {
        let mut entries: Vec<Entry> =
            (0..50).map(|i| entry(f64::from(i % 7), f64::from(i % 11), &format!("n{i}"))).collect();
        let forwards = pack(entries.clone(), "us").unwrap();
        entries.reverse();
        assert_eq!(pack(entries, "us").unwrap(), forwards);
    }

    #[test]
    fn what_cannot_be_packed_is_named() {
        for (latitude, longitude) in
            [(90.1, 0.0), (-90.1, 0.0), (0.0, 180.1), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)]
        {
            assert_eq!(pack(vec![entry(latitude, longitude, "x")], ""), Err(PackError::Coordinate("x".to_owned())));
        }
        for name in ["", "two\nlines", "a\u{85}b", &"x".repeat(MAX_TEXT_BYTES + 1)] {
            assert!(matches!(pack(vec![entry(0.0, 0.0, name)], ""), Err(PackError::Text(_))), "{name}");
        }
        assert!(matches!(pack(Vec::new(), "two\nlines"), Err(PackError::Text(_))));
    }
}
