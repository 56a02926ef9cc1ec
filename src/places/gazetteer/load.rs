use std::{fs::File, io::Read as _, path::Path};

use flate2::bufread::ZlibDecoder;

use super::{
    Gazetteer,
    format::{
        BAND_UNITS, BANDS, HEADER_BYTES, LoadError, MAGIC, MAX_INFLATED_BYTES, MAX_PLACES, MAX_REGIONS, MAX_TEXT_BYTES,
        SOUTH_UNITS, VERSION, WEST_UNITS,
    },
    lines::Lines,
};

/// `GeoNames`' cities1000, packed by the example `pack-gazetteer`; NOTICE says where it comes from.
const EMBEDDED: &[u8] = include_bytes!("cities1000.pack");

/// Longest file that is read, in bytes: ten times the embedded one.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// Why a gazetteer file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Read(#[from] std::io::Error),
    /// It is longer than [`MAX_FILE_BYTES`].
    #[error("longer than {MAX_FILE_BYTES} bytes")]
    TooLong,
    /// It is not what it should be.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Gazetteer {
    /// The gazetteer inside the program: 144,563 populated places of the whole world.
    pub fn embedded() -> Result<Self, LoadError> {
        Self::parse(EMBEDDED)
    }

    /// Reads a packed file.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(OpenError::TooLong);
        }
        Ok(Self::parse(&bytes)?)
    }

    /// Reads a packed file's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, LoadError> {
        let (header, stream) = bytes.split_at_checked(HEADER_BYTES).ok_or(LoadError::Magic)?;
        let (places, inflated) = read_header(header)?;
        let content = inflate(stream, inflated)?;
        read_content(&content, places)
    }
}

/// The number of places and the length of the content.
fn read_header(header: &[u8]) -> Result<(usize, usize), LoadError> {
    let (Some((MAGIC, rest)), Some((_, numbers))) = (header.split_first_chunk(), header.split_first_chunk::<8>())
    else {
        return Err(LoadError::Magic);
    };
    if rest[0] != VERSION {
        return Err(LoadError::Version(rest[0]));
    }
    let number = |at: usize| (0..4).rev().fold(0, |number, i| number << 8 | usize::from(numbers[at + i]));
    let (places, inflated) = (number(0), number(4));
    at_most("places", places, MAX_PLACES)?;
    at_most("bytes of content", inflated, MAX_INFLATED_BYTES)?;
    Ok((places, inflated))
}

fn at_most(what: &'static str, value: usize, most: usize) -> Result<(), LoadError> {
    if value > most { Err(LoadError::TooMany { what, value, most }) } else { Ok(()) }
}

fn inflate(stream: &[u8], expected: usize) -> Result<Vec<u8>, LoadError> {
    let mut content = Vec::with_capacity(expected);
    let mut decoder = ZlibDecoder::new(stream);
    // One byte more than expected tells a longer stream, and makes the decoder look at the checksum.
    let most = expected as u64 + 1;
    decoder.by_ref().take(most).read_to_end(&mut content).map_err(|e| LoadError::Damaged(e.to_string()))?;
    if content.len() != expected {
        return Err(LoadError::Length { found: content.len(), expected });
    }
    if decoder.total_in() != stream.len() as u64 {
        return Err(LoadError::Damaged("something follows it".to_owned()));
    }
    Ok(content)
}

fn read_content(content: &[u8], places: usize) -> Result<Gazetteer, LoadError> {
    let mut reader = Reader { rest: content };
    let attribution = read_attribution(&mut reader)?;
    let regions = read_regions(&mut reader)?;
    let bands = read_bands(&mut reader, places)?;
    let lons = read_longitudes(&mut reader, &bands)?;
    let lats = read_latitudes(&mut reader, &bands)?;
    let region_of = read_region_numbers(&mut reader, places, regions.len())?;
    let names = Lines::parse(reader.rest, places, "names")?;
    Ok(Gazetteer { attribution, regions, bands, lons, lats, region_of, names })
}

fn read_attribution(reader: &mut Reader<'_>) -> Result<Box<str>, LoadError> {
    let length = reader.varint("attribution")?;
    at_most("bytes of attribution", length, MAX_TEXT_BYTES)?;
    let text = str::from_utf8(reader.take(length, "attribution")?);
    Ok(text.map_err(|_| LoadError::Invalid { section: "attribution", problem: "not UTF-8" })?.into())
}

fn read_regions(reader: &mut Reader<'_>) -> Result<Lines, LoadError> {
    let count = reader.varint("regions")?;
    at_most("regions", count, MAX_REGIONS)?;
    let length = reader.varint("regions")?;
    Lines::parse(reader.take(length, "regions")?, count, "regions")
}

/// The number of each band's first place, and after them the number of places.
fn read_bands(reader: &mut Reader<'_>, places: usize) -> Result<Box<[u32]>, LoadError> {
    let mut first = 0_u32;
    let mut bands = Vec::with_capacity(BANDS + 1);
    bands.push(first);
    for _ in 0..BANDS {
        let count = u32::try_from(reader.varint("bands")?).unwrap_or(u32::MAX);
        first = first.saturating_add(count);
        bands.push(first);
    }
    if first as usize != places {
        return Err(LoadError::Invalid { section: "bands", problem: "they do not add up to the number of places" });
    }
    Ok(bands.into())
}

fn read_longitudes(reader: &mut Reader<'_>, bands: &[u32]) -> Result<Box<[i32]>, LoadError> {
    let east = i64::from(-WEST_UNITS);
    let mut lons = Vec::with_capacity(bands[BANDS] as usize);
    for band in bands.windows(2) {
        let mut lon = WEST_UNITS;
        for _ in band[0]..band[1] {
            let step = i64::try_from(reader.varint("longitudes")?).unwrap_or(i64::MAX);
            let next = i64::from(lon).saturating_add(step);
            lon = i32::try_from(next)
                .ok()
                .filter(|_| next <= east)
                .ok_or(LoadError::Invalid { section: "longitudes", problem: "one is beyond 180 degrees east" })?;
            lons.push(lon);
        }
    }
    Ok(lons.into())
}

fn read_latitudes(reader: &mut Reader<'_>, bands: &[u32]) -> Result<Box<[i32]>, LoadError> {
    let invalid = |problem| LoadError::Invalid { section: "latitudes", problem };
    let mut offsets = reader.two_planes(bands[BANDS] as usize, "latitudes")?;
    let mut lats = Vec::with_capacity(bands[BANDS] as usize);
    for (edge, band) in (SOUTH_UNITS..).step_by(BAND_UNITS.unsigned_abs() as usize).zip(bands.windows(2)) {
        for offset in offsets.by_ref().take((band[1] - band[0]) as usize) {
            let lat = edge + i32::from(offset);
            if i32::from(offset) >= BAND_UNITS {
                return Err(invalid("one is outside its band"));
            }
            if lat > -SOUTH_UNITS {
                return Err(invalid("one is beyond 90 degrees north"));
            }
            lats.push(lat);
        }
    }
    Ok(lats.into())
}

fn read_region_numbers(reader: &mut Reader<'_>, places: usize, regions: usize) -> Result<Box<[u16]>, LoadError> {
    let numbers: Box<[u16]> = reader.two_planes(places, "region numbers")?.collect();
    if numbers.iter().any(|&number| usize::from(number) >= regions) {
        return Err(LoadError::Invalid { section: "region numbers", problem: "one has no region" });
    }
    Ok(numbers)
}

/// The content that is still to be read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize, section: &'static str) -> Result<&'a [u8], LoadError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(LoadError::Short(section))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self, section: &'static str) -> Result<usize, LoadError> {
        let mut number = 0_usize;
        for shift in [0, 7, 14, 21, 28] {
            let (&byte, rest) = self.rest.split_first().ok_or(LoadError::Short(section))?;
            self.rest = rest;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(LoadError::Invalid { section, problem: "a number has more than five bytes" })
    }

    /// Numbers of two bytes: all low bytes, then all high bytes.
    fn two_planes(
        &mut self,
        count: usize,
        section: &'static str,
    ) -> Result<impl Iterator<Item = u16> + use<'a>, LoadError> {
        let low = self.take(count, section)?;
        let high = self.take(count, section)?;
        Ok(low.iter().zip(high).map(|(&low, &high)| u16::from_le_bytes([low, high])))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::places::gazetteer::{
        Entry, pack,
        pack::{compress, varint},
    };

    fn packed() -> Vec<u8> {
        let entry = |latitude_deg, longitude_deg, name: &str, region: &str| Entry {
            latitude_deg,
            longitude_deg,
            name: name.to_owned(),
            region: region.to_owned(),
        };
        let entries = vec![
            entry(90.0, 180.0, "North", ""),
            entry(-90.0, -180.0, "South", ""),
            entry(48.85341, 2.3488, "Paris", "Île-de-France, FR"),
            entry(48.85341, 2.3488, "Paris", "another region"),
        ];
        pack(entries, "<b>us</b>").unwrap()
    }

    /// Content with one place, made from its parts.
    fn content(bands: &[(usize, usize)], lon: usize, lat: [u8; 2], region: [u8; 2], names: &[u8]) -> Vec<u8> {
        let mut out = b"\x02hi".to_vec();
        out.extend_from_slice(b"\x01\x03FR\n");
        for band in 0..BANDS {
            varint(&mut out, bands.iter().find(|(number, _)| *number == band).map_or(0, |(_, count)| *count));
        }
        varint(&mut out, lon);
        for bytes in [&lat[..], &region, names] {
            out.extend_from_slice(bytes);
        }
        out
    }

    fn problem(content: &[u8]) -> String {
        Gazetteer::parse(&compress(1, content).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn the_embedded_file_is_sound_and_small() {
        assert!(EMBEDDED.len() <= 2_000_000);
        let gazetteer = Gazetteer::embedded().unwrap();
        assert_eq!(gazetteer.len(), 144_522);
        assert!(gazetteer.attribution().contains("GeoNames") && gazetteer.attribution().contains("CC BY 4.0"));
    }

    #[test]
    fn what_is_packed_is_loaded() {
        let gazetteer = Gazetteer::parse(&packed()).unwrap();
        assert_eq!((gazetteer.len(), gazetteer.attribution()), (3, "<b>us</b>"));
        assert_eq!(
            (&*gazetteer.lats, &*gazetteer.lons),
            (&[-9_000_000, 4_885_341, 9_000_000][..], &[-18_000_000, 234_880, 18_000_000][..])
        );
        let region = |number: usize| gazetteer.regions.line(gazetteer.region_of[number].into());
        assert_eq!((gazetteer.names.line(1), region(1), region(2)), ("Paris", "another region", ""));
    }

    #[test]
    fn files_are_read_and_their_faults_named() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &packed()).unwrap();
        assert_eq!(Gazetteer::open(file.path()).unwrap(), Gazetteer::parse(&packed()).unwrap());
        assert!(matches!(Gazetteer::open(Path::new("no/such/file")), Err(OpenError::Read(_))));
        file.as_file().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(matches!(Gazetteer::open(file.path()), Err(OpenError::TooLong)));
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_found() {
        let good = packed();
        let whole = Gazetteer::parse(&good).unwrap();
        for at in 0..good.len() {
            assert!(Gazetteer::parse(&good[..at]).is_err(), "cut at {at}");
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            // Bits that pad the compressed stream mean nothing.
            assert!(Gazetteer::parse(&bad).map_or(true, |read| read == whole), "changed at {at}");
        }
        let longer = [&good[..], b"x"].concat();
        assert_eq!(Gazetteer::parse(&longer), Err(LoadError::Damaged("something follows it".to_owned())));
    }

    #[test]
    fn a_header_cannot_ask_for_too_much() {
        let mut bad = packed();
        bad[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Gazetteer::parse(&bad), Err(LoadError::TooMany { what: "places", .. })));
        let mut bad = packed();
        bad[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Gazetteer::parse(&bad), Err(LoadError::TooMany { what: "bytes of content", .. })));
        let mut bad = packed();
        bad[7] = 2;
        assert_eq!(Gazetteer::parse(&bad), Err(LoadError::Version(2)));
        let mut bomb = compress(1, &vec![b'x'; 1 << 20]).unwrap();
        bomb[12..16].copy_from_slice(&100_u32.to_le_bytes());
        assert_eq!(Gazetteer::parse(&bomb), Err(LoadError::Length { found: 101, expected: 100 }));
    }

    #[test]
    fn content_that_cannot_be_is_named() {
        let good = content(&[(900, 1)], 5, [1, 0], [0, 0], b"x\n");
        assert_eq!(Gazetteer::parse(&compress(1, &good).unwrap()).unwrap().len(), 1);
        for (bad, expected) in [
            (content(&[], 5, [1, 0], [0, 0], b"x\n"), "bands: they do not add up"),
            (content(&[(900, u32::MAX as usize)], 5, [1, 0], [0, 0], b"x\n"), "bands: they do not add up"),
            (content(&[(900, 1)], 36_000_001, [1, 0], [0, 0], b"x\n"), "longitudes: one is beyond"),
            (content(&[(900, 1)], 1 << 40, [1, 0], [0, 0], b"x\n"), "longitudes: a number has more than five"),
            (content(&[(900, 1)], 5, [0x10, 0x27], [0, 0], b"x\n"), "latitudes: one is outside its band"),
            (content(&[(1800, 1)], 5, [1, 0], [0, 0], b"x\n"), "latitudes: one is beyond"),
            (content(&[(900, 1)], 5, [1, 0], [1, 0], b"x\n"), "region numbers: one has no region"),
            (content(&[(900, 1)], 5, [1, 0], [0, 0], b"x\ny\n"), "names: another number"),
            (content(&[(900, 1)], 5, [1, 0], [0, 0], b"\xff\n"), "names: not UTF-8"),
        ] {
            assert!(problem(&bad).starts_with(expected), "{}", problem(&bad));
        }
        for length in 0..good.len() {
            assert!(!problem(&good[..length]).is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_content_is_a_panic(content in prop::collection::vec(any::<u8>(), 0..4096), places in 0_usize..5000) {
            prop_assert!(Gazetteer::parse(&compress(places, &content).unwrap()).is_err());
            prop_assert!(Gazetteer::parse(&content).is_err());
        }
    }
}
