use std::{
    io::{self, BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A client's connection, whose every wait has an end.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
}

/// The reply to a WHATSAT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The AT line and the places document.
    At(String, String),
    /// `? WHATSAT ...`: the server does not know the client.
    Unknown,
}

impl Client {
    /// Connects; each read and write may take so long.
    pub(super) fn connect(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends text as it is.
    pub(super) fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(text.as_bytes())
    }

    /// The next line without its LF; the end of input is an error.
    pub(super) fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => io::Error::new(ErrorKind::TimedOut, "nothing came in time"),
            _ => error,
        })?;
        if line.pop() != Some(b'\n') {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the connection was closed without a reply"));
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Sends a line and gives the first line of the reply.
    pub(super) fn ask(&mut self, line: &str) -> io::Result<String> {
        self.send(&format!("{line}\n"))?;
        self.line()
    }

    /// Asks where a client is.
    pub(super) fn find(&mut self, client: &str, radius: &str, bound: u8) -> io::Result<Found> {
        let first = self.ask(&format!("WHATSAT {client} {radius} {bound}"))?;
        self.rest_of(first)
    }

    /// The reply to a WHATSAT that began with this line.
    pub(super) fn rest_of(&mut self, first: String) -> io::Result<Found> {
        if !first.starts_with("AT ") {
            return if first.starts_with("? WHATSAT ") { Ok(Found::Unknown) } else { Err(io::Error::other(first)) };
        }
        let mut document = String::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(Found::At(first, document));
            }
            document += &line;
        }
    }
}

/// An IAMAT of now, with a latitude of this many millionths of a degree.
pub(super) fn iamat(client: &str, latitude_e6: u32) -> String {
    let (degrees, millionths) = (latitude_e6 / 1_000_000 % 90, latitude_e6 % 1_000_000);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("IAMAT {client} +{degrees:02}.{millionths:06}-118.445127 {}.{:09}", now.as_secs(), now.subsec_nanos())
}

/// What an AT line holds of its client's own words: the client, the location and the time.
pub(super) fn told(at: &str) -> Option<(&str, &str, &str)> {
    let fields: Vec<&str> = at.split(' ').collect();
    let ["AT", _origin, _skew, client, location, time] = fields[..] else { return None };
    Some((client, location, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_line_holds_what_its_client_said() {
        let line = iamat("kiwi", 91_000_007);
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!(fields[..3], ["IAMAT", "kiwi", "+01.000007-118.445127"]);
        let at = format!("AT Goloman +0.000000001 kiwi +01.000007-118.445127 {}", fields[3]);
        assert_eq!(told(&at), Some(("kiwi", fields[2], fields[3])));
        assert_eq!(told("? WHATSAT kiwi 0 0"), None);
    }
}
