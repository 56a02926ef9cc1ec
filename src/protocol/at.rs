use super::{
    Location, Name, Time,
    command::{Iamat, MAX_CLIENT},
    decimal::Decimal,
};

/// A view of an AT line: the one form in which a client's whereabouts are told, stored and flooded (PROTOCOL 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<'a> {
    /// The whole line, without LF.
    pub line: &'a [u8],
    /// Where in `line` the client ID stands; it ends before the next space.
    pub client_at: usize,
    /// The client ID.
    pub client: &'a [u8],
    /// The client's own time.
    pub time: Time,
}

impl<'a> At<'a> {
    /// Reads a peer's line: single spaces, a well-formed name, skew `[+-]D{1,11}.D{9}`, then a client, a location and
    /// a time as in IAMAT, without the clock check (PROTOCOL section 5, Batches).
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let mut fields = line.split(|b| *b == b' ');
        let mut field = || fields.next();
        let (verb, origin, skew, client, location, time) = (field()?, field()?, field()?, field()?, field()?, field()?);
        let well_formed = verb == b"AT"
            && fields.next().is_none()
            && Name::is_valid(origin)
            && is_skew(skew)
            && is_client(client)
            && Location::parse(location).is_some();
        let client_at = verb.len() + origin.len() + skew.len() + 3;
        well_formed.then_some(Self { line, client_at, client, time: Time::parse(time)? })
    }

    /// The location field of a line whose client ID ends at `client_end`.
    pub(crate) fn location_field(line: &[u8], client_end: usize) -> &[u8] {
        let rest = &line[client_end + 1..];
        rest.split(|b| *b == b' ').next().unwrap_or(rest)
    }
}

/// Appends the AT line that answers an IAMAT, without LF, and says where in the line the client ID starts.
pub fn write_at(server: &Name, now: Time, iamat: &Iamat<'_>, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(b"AT ");
    out.extend_from_slice(server.as_bytes());
    out.push(b' ');
    now.write_difference(iamat.time, out);
    out.push(b' ');
    let client_at = out.len() - start;
    out.extend_from_slice(iamat.client);
    out.push(b' ');
    out.extend_from_slice(iamat.location_field);
    out.push(b' ');
    out.extend_from_slice(iamat.time_field);
    client_at
}

fn is_skew(field: &[u8]) -> bool {
    let [b'+' | b'-', unsigned @ ..] = field else { return false };
    let Some(Decimal { fraction: Some(fraction), .. }) = Decimal::parse::<11, 9>(unsigned) else { return false };
    fraction.count() == 9
}

fn is_client(field: &[u8]) -> bool {
    (1..=MAX_CLIENT).contains(&field.len()) && !field.iter().copied().any(super::command::is_space)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Command;

    const LINE: &[u8] = b"AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997";

    #[test]
    fn a_line_is_read_into_its_fields() {
        let at = At::parse(LINE).unwrap();
        assert_eq!(at.client, b"kiwi.cs.ucla.edu");
        assert_eq!(&LINE[at.client_at..][..at.client.len()], at.client);
        assert_eq!(at.time, Time { seconds: 1_520_023_934, nanos: 918_963_997 });
        let location = At::location_field(LINE, at.client_at + at.client.len());
        assert_eq!(location, b"+34.068930-118.445127");
    }

    #[test]
    fn a_line_that_breaks_the_grammar_is_none() {
        for bad in [
            "AT Goloman +0.263873386 kiwi +34.068930-118.445127",
            "AT Goloman +0.263873386 kiwi +34.068930-118.445127 1 2",
            "AT  Goloman +0.263873386 kiwi +34.068930-118.445127 1",
            "AT Goloman +0.263873386 kiwi +34.068930-118.445127 1 ",
            "AT Goloman +0.263873386 kiwi +34.068930-118.445127 1\r",
            "AT 9oloman +0.263873386 kiwi +34.068930-118.445127 1",
            "AT Goloman 0.263873386 kiwi +34.068930-118.445127 1",
            "AT Goloman +0.26387338 kiwi +34.068930-118.445127 1",
            "AT Goloman +123456789012.263873386 kiwi +34.068930-118.445127 1",
            "AT Goloman +0.263873386 ki\twi +34.068930-118.445127 1",
            "AT Goloman +0.263873386  +34.068930-118.445127 1",
            "AT Goloman +0.263873386 kiwi +94.068930-118.445127 1",
            "AT Goloman +0.263873386 kiwi +34.068930-118.445127 nan",
            "at Goloman +0.263873386 kiwi +34.068930-118.445127 1",
        ] {
            assert_eq!(At::parse(bad.as_bytes()), None, "{bad}");
        }
        let long = format!("AT G +0.000000000 {} +1+1 1", "x".repeat(257));
        assert_eq!(At::parse(long.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            client in proptest::collection::vec(any::<u8>().prop_filter("white space", |b| !b" \t\r\n\x0b\x0c".contains(b)), 1..=256),
            now in 0..20_000_000_000_u64,
            time in "[0-9]{1,10}(\\.[0-9]{1,9})?",
        ) {
            let line = [b"IAMAT ", &client[..], b" +1.5-2 ", time.as_bytes()].concat();
            let Command::Iamat(iamat) = Command::parse(&line) else { panic!("valid") };
            let mut out = b"an earlier reply\n".to_vec();
            let start = out.len();
            let client_at = write_at(&"Wilkes".parse().unwrap(), Time { seconds: now, nanos: 1 }, &iamat, &mut out);
            let at = At::parse(&out[start..]).unwrap();
            prop_assert_eq!((at.client, at.client_at, at.time), (&client[..], client_at, iamat.time));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(tail: Vec<u8>) {
            let line = [b"AT Goloman +0.263873386 ", &tail[..]].concat();
            if let Some(at) = At::parse(&line) {
                prop_assert!(at.client.len() <= 256);
            }
        }
    }
}
