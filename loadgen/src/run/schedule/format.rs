use super::draws::Request;
use crate::run::Workload;

/// Writes requests as lines, and says what of them an AT line repeats.
#[derive(Clone, Debug)]
pub(crate) struct RequestFormat {
    prefix: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

impl RequestFormat {
    pub(crate) fn new(workload: &Workload) -> Self {
        match workload {
            Workload::Herd(load) => Self { prefix: load.prefix.clone().into_bytes(), lines: Vec::new() },
            Workload::Raw(load) => Self { prefix: Vec::new(), lines: load.lines.clone() },
        }
    }

    /// Appends the request's line with its LF. The stamp is the client's time in nanoseconds since 1970; it stands in an
    /// IAMAT alone.
    pub(crate) fn write(&self, request: Request, client: u32, stamp_ns: u64, out: &mut Vec<u8>) {
        match request {
            Request::Iamat { .. } => {
                out.extend_from_slice(b"IAMAT ");
                self.write_told(request, client, stamp_ns, out);
            }
            Request::Whatsat { radius_km, bound, .. } => {
                out.extend_from_slice(b"WHATSAT ");
                self.write_client(client, out);
                for number in [radius_km, bound] {
                    out.push(b' ');
                    write_digits(u64::from(number), out);
                }
            }
            Request::Raw { line } => out.extend_from_slice(self.lines.get(line as usize).map_or(b"", Vec::as_slice)),
        }
        out.push(b'\n');
    }

    /// Appends the client's three fields of an IAMAT, with which its AT line ends (PROTOCOL 2.5).
    pub(crate) fn write_told(&self, request: Request, client: u32, stamp_ns: u64, out: &mut Vec<u8>) {
        let Request::Iamat { latitude_udeg, longitude_udeg, .. } = request else { return };
        let mut fields = Backwards::default();
        fields.fixed::<9>(stamp_ns % 1_000_000_000);
        fields.byte(b'.');
        fields.number(stamp_ns / 1_000_000_000);
        fields.byte(b' ');
        fields.degrees(longitude_udeg);
        fields.degrees(latitude_udeg);
        fields.byte(b' ');
        fields.number(u64::from(client));
        out.extend_from_slice(&self.prefix);
        out.extend_from_slice(fields.text());
    }

    /// Appends a client's ID.
    pub(crate) fn write_client(&self, client: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.prefix);
        write_digits(u64::from(client), out);
    }
}

fn write_digits(value: u64, out: &mut Vec<u8>) {
    let mut digits = Backwards::default();
    digits.number(value);
    out.extend_from_slice(digits.text());
}

/// A text that is written from its end, as digits come: in one piece, because each request's fields are written twice, to
/// be sent and to be compared, and eight small copies cost more than the digits.
struct Backwards {
    /// Longer than a client's number, two angles and a time together, which have 57 bytes at most.
    bytes: [u8; 64],
    first: usize,
}

/// The digits of 0 to 99.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut value = 0;
    while value < 100 {
        pairs[value as usize] = [b'0' + value / 10, b'0' + value % 10];
        value += 1;
    }
    pairs
};

impl Default for Backwards {
    fn default() -> Self {
        Self { bytes: [0; 64], first: 64 }
    }
}

impl Backwards {
    fn text(&self) -> &[u8] {
        &self.bytes[self.first..]
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.first -= 1;
        self.bytes[self.first] = byte;
    }

    /// The two digits of a number below 100: each division waits for the one before, so half as many are half the time.
    #[inline]
    fn pair(&mut self, value: u64) {
        let [tens, ones] = PAIRS[(value % 100) as usize];
        self.byte(ones);
        self.byte(tens);
    }

    /// So many digits of a number.
    #[inline]
    fn fixed<const DIGITS: usize>(&mut self, mut value: u64) {
        for _ in 0..DIGITS / 2 {
            self.pair(value % 100);
            value /= 100;
        }
        if DIGITS % 2 == 1 {
            self.byte(b'0' + (value % 10) as u8);
        }
    }

    /// All digits of a number.
    #[inline]
    fn number(&mut self, mut value: u64) {
        while value >= 100 {
            self.pair(value % 100);
            value /= 100;
        }
        if value >= 10 {
            self.pair(value);
        } else {
            self.byte(b'0' + (value % 10) as u8);
        }
    }

    /// A sign, degrees and six decimals.
    #[expect(clippy::inline_always, reason = "called, it keeps the place in memory: a store and a load for each digit")]
    #[inline(always)]
    fn degrees(&mut self, udeg: i32) {
        let magnitude = u64::from(udeg.unsigned_abs());
        self.fixed::<6>(magnitude % 1_000_000);
        self.byte(b'.');
        let degrees = magnitude / 1_000_000;
        if degrees >= 100 {
            self.number(degrees);
        } else {
            self.pair(degrees);
        }
        self.byte(if udeg < 0 { b'-' } else { b'+' });
    }
}

#[cfg(test)]
mod tests {
    use herd::protocol::Command;

    use super::*;

    fn format() -> RequestFormat {
        RequestFormat { prefix: b"load-".to_vec(), lines: vec![b"PING".to_vec()] }
    }

    fn line(request: Request) -> String {
        let mut out = Vec::new();
        format().write(request, 17, 1_520_023_934_000_000_007, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_have_all_their_digits() {
        for value in [0, 7, 10, 99, 100, 101, 999, 1_000, 12_345, u64::from(u32::MAX), 18_446_744_073] {
            let mut out = Vec::new();
            write_digits(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    #[test]
    fn requests_are_commands_of_the_protocol() {
        let iamat = Request::Iamat { slot: 0, latitude_udeg: 34_068_930, longitude_udeg: -118_445_127 };
        assert_eq!(line(iamat), "IAMAT load-17 +34.068930-118.445127 1520023934.000000007\n");
        assert!(matches!(Command::parse(line(iamat).trim_end().as_bytes()), Command::Iamat(_)));
        let whatsat = Request::Whatsat { slot: 0, radius_km: 10, bound: 0 };
        assert_eq!(line(whatsat), "WHATSAT load-17 10 0\n");
        let west = Request::Iamat { slot: 0, latitude_udeg: -7, longitude_udeg: i32::MIN };
        assert_eq!(line(west), "IAMAT load-17 -00.000007-2147.483648 1520023934.000000007\n");
        assert_eq!(line(Request::Raw { line: 0 }), "PING\n");
    }
}
