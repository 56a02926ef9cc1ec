//! The packed file, version 1.
//!
//! Sixteen bytes of header: `HERDGAZ`, the version (1), the number of places and the length of what follows when
//! inflated, both as little-endian `u32`. Then one zlib stream (RFC 1950; its Adler-32 guards the content) of
//! sections, one after another, in which a *varint* is an LEB128 number of at most 32 bits:
//!
//! 1. *attribution*: its length as varint, then HTML in UTF-8;
//! 2. *regions*: their number as varint, their length as varint, then each region followed by LF;
//! 3. *bands*: for each of the 1801 bands of 0.1 degrees of latitude, from the south, how many places lie in it, as
//!    varint; places follow band by band, in each from west to east;
//! 4. *longitudes*: for each place a varint, the distance from its western neighbour in the band (the first: from
//!    180 degrees west) in units of 0.00001 degrees;
//! 5. *latitudes*: for each place the distance from its band's southern edge in the same units, first all low bytes,
//!    then all high bytes;
//! 6. *region numbers*: for each place, first all low bytes, then all high bytes;
//! 7. *names*: the rest, each name followed by LF.
//!
//! The order is part of the format and makes most mistakes impossible to write down: bands and longitudes cannot
//! decrease.

/// What a file begins with; the version is the byte after it.
pub(super) const MAGIC: &[u8; 7] = b"HERDGAZ";
/// The version written and read.
pub(super) const VERSION: u8 = 1;
/// Bytes before the zlib stream.
pub(super) const HEADER_BYTES: usize = 16;
/// Most places in a file: ten times `GeoNames`' largest list of cities (cities500, about 200,000). It bounds what a
/// file can make a server allocate.
pub(super) const MAX_PLACES: usize = 2_000_000;
/// Longest content when inflated, in bytes; 2,000,000 places of 32 bytes.
pub(super) const MAX_INFLATED_BYTES: usize = 64 << 20;
/// Most regions: what two bytes can number.
pub(super) const MAX_REGIONS: usize = 1 << 16;
/// Longest name, region or attribution in bytes. `GeoNames` ends names at 200 characters.
pub(super) const MAX_TEXT_BYTES: usize = 1024;
/// Height of a band in coordinate units: 0.1 degrees, about 11 km, so that the largest radius spans ten bands.
pub(super) const BAND_UNITS: i32 = 10_000;
/// Bands from pole to pole; the north pole has the last one for itself.
pub(super) const BANDS: usize = 1801;
/// The south pole in coordinate units.
pub(super) const SOUTH_UNITS: i32 = -9_000_000;
/// The western end of the world in coordinate units.
pub(super) const WEST_UNITS: i32 = -18_000_000;

/// What is wrong with a packed gazetteer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It does not begin with `HERDGAZ`.
    #[error("not a packed gazetteer: it does not begin with HERDGAZ (pack one with the example pack-gazetteer)")]
    Magic,
    /// It is of another version.
    #[error("packed in version {0}, but this program reads version {VERSION}: pack it again")]
    Version(u8),
    /// A count or length in it is beyond what a server takes.
    #[error("{what} {value} is more than {most}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The number in the file.
        value: usize,
        /// The limit.
        most: usize,
    },
    /// The compressed stream is damaged, or its checksum is.
    #[error("the compressed content is damaged: {0}")]
    Damaged(String),
    /// The content is longer or shorter than its header says.
    #[error("the content has {found} bytes where the header says {expected}")]
    Length {
        /// Bytes found; one more than expected when there are more.
        found: usize,
        /// Bytes that the header promises.
        expected: usize,
    },
    /// The content ends in the middle of a section.
    #[error("the content ends within its {0}")]
    Short(&'static str),
    /// A section holds a value that cannot be.
    #[error("{section}: {problem}")]
    Invalid {
        /// The section.
        section: &'static str,
        /// What cannot be.
        problem: &'static str,
    },
}
