use super::decimal::Decimal;

/// An ISO 6709 location in decimal degrees, as the client wrote it (PROTOCOL 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    latitude: &'a [u8],
    longitude: &'a [u8],
}

impl<'a> Location<'a> {
    /// Reads `[+-]D{1,2}(.D{1,15})?[+-]D{1,3}(.D{1,15})?` within ±90 and ±180.
    #[must_use]
    pub fn parse(field: &'a [u8]) -> Option<Self> {
        let (location, rest) = Self::leading(field)?;
        rest.is_empty().then_some(location)
    }

    /// The location that the bytes begin with, and what follows it.
    pub(super) fn leading(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let east = after_angle(bytes, b"90")?;
        let rest = after_angle(east, b"180")?;
        let latitude = &bytes[..bytes.len() - east.len()];
        let longitude = &east[..east.len() - rest.len()];
        Some((Self { latitude, longitude }, rest))
    }

    /// Degrees north, from -90 to 90.
    #[must_use]
    pub fn latitude_deg(&self) -> f64 {
        degrees(self.latitude)
    }

    /// Degrees east, from -180 to 180.
    #[must_use]
    pub fn longitude_deg(&self) -> f64 {
        degrees(self.longitude)
    }
}

/// What follows a signed angle of at most `limit_deg` degrees, written with at most as many digits.
fn after_angle<'a, const DIGITS: usize>(bytes: &'a [u8], limit_deg: &[u8; DIGITS]) -> Option<&'a [u8]> {
    let [b'+' | b'-', unsigned @ ..] = bytes else { return None };
    let (degrees, rest) = Decimal::leading::<DIGITS, 15>(unsigned)?;
    degrees.is_at_most(limit_deg).then_some(rest)
}

fn degrees(angle: &[u8]) -> f64 {
    let parsed = str::from_utf8(angle).ok().and_then(|text| text.parse().ok());
    debug_assert!(parsed.is_some(), "an angle that passed the grammar is a number");
    parsed.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn degrees_are_those_written() {
        let ucla = Location::parse(b"+34.068930-118.445127").unwrap();
        assert_eq!((ucla.latitude_deg(), ucla.longitude_deg()), (34.068_930, -118.445_127));
        let corner = Location::parse(b"-90+180").unwrap();
        assert_eq!((corner.latitude_deg(), corner.longitude_deg()), (-90.0, 180.0));
    }

    #[test]
    fn the_grammar_is_exact() {
        for good in ["+0-0", "-0+0", "+90.000000000000000-180.0", "+1.123456789012345+179.999999999999999"] {
            assert!(Location::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "+",
            "+1",
            "1+1",
            "+1+",
            "++1+1",
            "+1.+1",
            "+.5+1",
            "+1+1/",
            "+1+1+1",
            "+091+1",
            "+91+1",
            "+1+181",
            "+90.000000000000001+1",
            "+1-180.000000000000001",
            "+1.1234567890123456+1",
            "+1e1+1",
            "+1 +1",
            "+1,5+1",
            "+12+1234",
            "nan+1",
            "+nan+nan",
        ] {
            assert!(Location::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_written_location_reads_back(lat in -90.0..=90.0_f64, lng in -180.0..=180.0_f64) {
            let text = format!("{lat:+.9}{lng:+.9}");
            let read = Location::parse(text.as_bytes()).unwrap();
            prop_assert!((read.latitude_deg() - lat).abs() < 1e-9);
            prop_assert!((read.longitude_deg() - lng).abs() < 1e-9);
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes: Vec<u8>) {
            if let Some(location) = Location::parse(&bytes) {
                prop_assert!(location.latitude_deg().abs() <= 90.0 && location.longitude_deg().abs() <= 180.0);
            }
        }
    }
}
