use std::{
    io::{self, BufRead, BufReader, Write},
    net::{TcpStream, ToSocketAddrs},
    thread,
    time::{Duration, Instant},
};

use super::{
    super::{Failure, terminal},
    command,
};

/// For a connection, and again for a whole answer: twice what a server gives its places provider.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that refuses connections may be one that is just being restarted.
const RESTART: Duration = Duration::from_secs(2);

/// After how much of that a person is told what is waited for.
const SILENT: Duration = Duration::from_secs(1);

/// Between two attempts at a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Longest answer: the longest document that a server takes from a provider, several times over.
const MAX_REPLY: usize = 8 << 20;

/// A server that is connected to when there is something to ask, and again when it has hung up in between.
#[derive(Debug)]
pub(super) struct Connection {
    target: String,
    stream: Option<BufReader<TcpStream>>,
}

/// An answer, as it came.
#[derive(Debug)]
pub(super) struct Reply {
    bytes: Vec<u8>,
    /// Where the first line ends.
    line: usize,
}

impl Connection {
    /// A connection to be made to `HOST:PORT`.
    pub(super) fn to(target: String) -> Self {
        Self { target, stream: None }
    }

    /// Where it leads.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// Sends a command and waits for the whole answer. A connection that was idle may have been closed by the server
    /// meanwhile; then the command is sent again on a new one, once: commands may be repeated.
    pub(super) fn ask(&mut self, line: &[u8]) -> Result<Reply, Failure> {
        if let Some(stream) = self.stream.take()
            && let Ok(reply) = self.exchange(stream, line)
            && !reply.is_farewell()
        {
            return Ok(reply);
        }
        let stream = self.connect()?;
        let reply = self.exchange(stream, line).map_err(|error| self.explain(&error))?;
        if reply.is_farewell() {
            let reason = String::from_utf8_lossy(reply.line()).into_owned();
            return Err(Failure::because(format!("{} will not answer: {reason}", self.target)));
        }
        Ok(reply)
    }

    fn exchange(&mut self, mut stream: BufReader<TcpStream>, line: &[u8]) -> io::Result<Reply> {
        stream.get_mut().write_all(&[line, b"\n"].concat())?;
        let reply = Reply::read(&mut stream, command::wants_places(line))?;
        self.stream = Some(stream);
        Ok(reply)
    }

    fn connect(&self) -> Result<BufReader<TcpStream>, Failure> {
        let connect = || {
            let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            for addr in self.target.to_socket_addrs()? {
                match TcpStream::connect_timeout(&addr, PATIENCE) {
                    Ok(stream) => {
                        stream.set_write_timeout(Some(PATIENCE))?;
                        return Ok(BufReader::new(stream));
                    }
                    Err(error) => last = error,
                }
            }
            Err(last)
        };
        let tell = || terminal::note(&format!("{} refuses connections, trying again", self.target));
        while_refused(connect, tell).map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &io::Error) -> Failure {
        let target = &self.target;
        Failure::because(match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                format!("{target} refuses connections: is the herd up? Start it with `herd up`")
            }
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                format!("{target} has not answered within {} s", PATIENCE.as_secs())
            }
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                format!("{target} closed the connection without an answer")
            }
            _ => format!("{target}: {error}"),
        })
    }
}

/// Attempts a connection until it is made, fails otherwise than by refusal, or was refused for as long as a restart may
/// take; tells once when that is long for a person.
fn while_refused<T>(attempt: impl Fn() -> io::Result<T>, tell: impl FnOnce()) -> io::Result<T> {
    let started = Instant::now();
    let mut tell = Some(tell);
    loop {
        let outcome = attempt();
        let refused = matches!(&outcome, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused);
        if !refused || started.elapsed() >= RESTART {
            return outcome;
        }
        if started.elapsed() >= SILENT
            && let Some(tell) = tell.take()
        {
            tell();
        }
        thread::sleep(PAUSE);
    }
}

impl Reply {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
        Self { bytes, line }
    }

    /// Reads one line, and after an AT line with places all up to the first empty line.
    fn read(from: &mut BufReader<TcpStream>, with_places: bool) -> io::Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = Vec::new();
        let mut start = read_line(from, &mut bytes, deadline)?;
        if with_places && bytes.starts_with(b"AT ") {
            while bytes.get(start..) != Some(b"\n") {
                start = bytes.len();
                read_line(from, &mut bytes, deadline)?;
            }
        }
        Ok(Self::new(bytes))
    }

    /// The whole answer.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its first line.
    pub(super) fn line(&self) -> &[u8] {
        &self.bytes[..self.line]
    }

    /// What follows the first line.
    pub(super) fn document(&self) -> &[u8] {
        self.bytes.get(self.line + 1..).unwrap_or_default()
    }

    /// Whether the server called the command invalid.
    pub(super) fn is_refusal(&self) -> bool {
        self.bytes.starts_with(b"?")
    }

    /// Whether the server ends the connection on its own account (PROTOCOL section 6).
    fn is_farewell(&self) -> bool {
        self.bytes.starts_with(b"ERR ")
    }
}

/// Appends one line with its LF, and says where it began. The deadline is for all lines, however slowly they drip.
fn read_line(from: &mut BufReader<TcpStream>, bytes: &mut Vec<u8>, deadline: Instant) -> io::Result<usize> {
    let start = bytes.len();
    while bytes.len() == start || bytes.last() != Some(&b'\n') {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        from.get_ref().set_read_timeout(Some(left))?;
        let available = from.fill_buf()?;
        if available.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let end = available.iter().position(|&byte| byte == b'\n').map_or(available.len(), |at| at + 1);
        bytes.extend_from_slice(&available[..end]);
        from.consume(end);
        if bytes.len() > MAX_REPLY {
            return Err(io::Error::other(format!("an answer of more than {MAX_REPLY} bytes")));
        }
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, net::TcpListener};

    use super::*;

    /// A server that gives each connection what it is told to, a line asked for each.
    fn server(conversations: &'static [&'static [&'static str]]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for answers in conversations {
                let mut stream = BufReader::new(listener.accept().unwrap().0);
                for answer in *answers {
                    stream.read_line(&mut String::new()).unwrap();
                    stream.get_mut().write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        target
    }

    fn ask(connection: &mut Connection, line: &str) -> String {
        match connection.ask(line.as_bytes()) {
            Ok(reply) => String::from_utf8(reply.bytes().to_vec()).unwrap(),
            Err(Failure::Usage(error) | Failure::Failed(error)) => error.to_string(),
            Err(Failure::Told) => String::new(),
        }
    }

    #[test]
    fn an_answer_ends_where_its_kind_ends() {
        let mut connection = Connection::to(server(&[&["AT 1\n{\n}\n\n", "AT 2\n", "? WHATSAT\n", "AT 3\n\n"]]));
        assert_eq!(ask(&mut connection, "WHATSAT k 1 1"), "AT 1\n{\n}\n\n");
        assert_eq!(ask(&mut connection, "IAMAT k +1+1 1"), "AT 2\n");
        assert_eq!(ask(&mut connection, "WHATSAT"), "? WHATSAT\n");
        assert_eq!(ask(&mut connection, "WHATSAT k 1 1"), "AT 3\n\n");
    }

    #[test]
    fn a_server_that_has_hung_up_is_asked_again() {
        let mut connection = Connection::to(server(&[&["AT 1\n"], &["AT 2\n", "ERR idle timeout\n"], &["AT 3\n"]]));
        for answer in ["AT 1\n", "AT 2\n", "AT 3\n"] {
            assert_eq!(ask(&mut connection, "IAMAT k +1+1 1"), answer);
        }
    }

    #[test]
    fn a_server_that_is_being_restarted_is_waited_for() {
        let refusals = Cell::new(3);
        let attempt = || match refusals.get() {
            0 => Ok("connected"),
            left => {
                refusals.set(left - 1);
                Err(io::Error::from(io::ErrorKind::ConnectionRefused))
            }
        };
        assert_eq!(while_refused(attempt, || ()).unwrap(), "connected");
    }

    #[test]
    fn a_server_that_is_not_restarted_is_given_up_and_no_other_failure_is_repeated() {
        for (kind, telling) in [(io::ErrorKind::ConnectionRefused, 1), (io::ErrorKind::NotFound, 0)] {
            let started = Instant::now();
            let (attempts, told) = (Cell::new(0), Cell::new(0));
            let attempt = || {
                attempts.set(attempts.get() + 1);
                Err::<(), _>(io::Error::from(kind))
            };
            assert_eq!(while_refused(attempt, || told.set(told.get() + 1)).unwrap_err().kind(), kind);
            assert_eq!((attempts.get() > 1, told.get()), (telling == 1, telling));
            assert_eq!(started.elapsed() >= RESTART, telling == 1);
        }
    }

    #[test]
    fn what_went_wrong_is_said() {
        let closes = server(&[&["AT"]]);
        assert_eq!(
            ask(&mut Connection::to(closes.clone()), "x"),
            format!("{closes} closed the connection without an answer")
        );
        let full = server(&[&["ERR too many clients\n"]]);
        assert_eq!(
            ask(&mut Connection::to(full.clone()), "x"),
            format!("{full} will not answer: ERR too many clients")
        );
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        assert!(ask(&mut Connection::to(nobody), "x").contains("is the herd up?"));
    }
}
