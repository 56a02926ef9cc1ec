use super::{Workload, workload::Ask};

/// Puts requests into words, and says what of them an AT line repeats.
#[derive(Clone, Debug)]
pub(super) struct Wording {
    prefix: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

impl Wording {
    pub(super) fn new(workload: &Workload) -> Self {
        match workload {
            Workload::Herd(load) => Self { prefix: load.prefix.clone().into_bytes(), lines: Vec::new() },
            Workload::Raw(load) => Self { prefix: Vec::new(), lines: load.lines.clone() },
        }
    }

    /// Appends the request's line with its LF. The stamp is the client's time in nanoseconds since 1970; it stands in an
    /// IAMAT alone.
    pub(super) fn write(&self, ask: Ask, client: u32, stamp_ns: u64, out: &mut Vec<u8>) {
        match ask {
            Ask::Iamat { .. } => {
                out.extend_from_slice(b"IAMAT ");
                self.write_told(ask, client, stamp_ns, out);
            }
            Ask::Whatsat { radius_km, bound, .. } => {
                out.extend_from_slice(b"WHATSAT ");
                self.write_client(client, out);
                for number in [radius_km, bound] {
                    out.push(b' ');
                    write_digits(u64::from(number), 1, out);
                }
            }
            Ask::Raw { line } => out.extend_from_slice(self.lines.get(line as usize).map_or(b"", Vec::as_slice)),
        }
        out.push(b'\n');
    }

    /// Appends the client's three fields of an IAMAT, with which its AT line ends (PROTOCOL 2.5).
    pub(super) fn write_told(&self, ask: Ask, client: u32, stamp_ns: u64, out: &mut Vec<u8>) {
        let Ask::Iamat { latitude_udeg, longitude_udeg, .. } = ask else { return };
        self.write_client(client, out);
        out.push(b' ');
        write_degrees(latitude_udeg, out);
        write_degrees(longitude_udeg, out);
        out.push(b' ');
        write_digits(stamp_ns / 1_000_000_000, 1, out);
        out.push(b'.');
        write_digits(stamp_ns % 1_000_000_000, 9, out);
    }

    /// Appends a client's ID.
    pub(super) fn write_client(&self, client: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.prefix);
        write_digits(u64::from(client), 1, out);
    }
}

/// A sign, degrees and six decimals.
fn write_degrees(udeg: i32, out: &mut Vec<u8>) {
    out.push(if udeg < 0 { b'-' } else { b'+' });
    let udeg = u64::from(udeg.unsigned_abs());
    write_digits(udeg / 1_000_000, 2, out);
    out.push(b'.');
    write_digits(udeg % 1_000_000, 6, out);
}

/// A decimal number of at least `least` digits.
fn write_digits(mut value: u64, least: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while value > 0 || digits.len() - first < least {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&digits[first..]);
}

#[cfg(test)]
mod tests {
    use herd::protocol::Command;

    use super::*;

    fn wording() -> Wording {
        Wording { prefix: b"load-".to_vec(), lines: vec![b"PING".to_vec()] }
    }

    fn line(ask: Ask) -> String {
        let mut out = Vec::new();
        wording().write(ask, 17, 1_520_023_934_000_000_007, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn requests_are_commands_of_the_protocol() {
        let iamat = Ask::Iamat { slot: 0, latitude_udeg: 34_068_930, longitude_udeg: -118_445_127 };
        assert_eq!(line(iamat), "IAMAT load-17 +34.068930-118.445127 1520023934.000000007\n");
        assert!(matches!(Command::parse(line(iamat).trim_end().as_bytes()), Command::Iamat(_)));
        let whatsat = Ask::Whatsat { slot: 0, radius_km: 10, bound: 0 };
        assert_eq!(line(whatsat), "WHATSAT load-17 10 0\n");
        assert_eq!(line(Ask::Raw { line: 0 }), "PING\n");
    }
}
