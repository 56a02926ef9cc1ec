use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use socket2::{Domain, Socket, Type};

/// For any reply: far more than one takes, so that only a server that hangs fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A client's connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::with_capacity(256, stream) }
    }

    /// Connects with little room for what has come and is not read yet.
    pub(crate) fn connect_with_small_window(addr: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&addr.into()).unwrap();
        let stream: TcpStream = socket.into();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::with_capacity(256, stream) }
    }

    pub(crate) fn give_up_sending_after(&self, patience: Duration) {
        self.stream.get_ref().set_write_timeout(Some(patience)).unwrap();
    }

    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// The next line, without LF, as far as it is UTF-8; empty at the end of input.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned()
    }

    /// Sends a line and gives the first line of the reply.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.send(format!("{line}\n").as_bytes());
        self.line()
    }

    /// Tells where a client is, as of this second, and gives the AT line.
    pub(crate) fn tell(&mut self, client: &str) -> String {
        let line = self.ask(&format!("IAMAT {client} +34.068930-118.445127 {}", seconds_now()));
        assert!(line.starts_with("AT "), "{line}");
        line
    }

    /// The AT line that the server has of a client, or `?` and the question.
    pub(crate) fn whereabouts(&mut self, client: &str) -> String {
        let line = self.ask(&format!("WHATSAT {client} 0 0"));
        if line.starts_with("AT ") {
            while !self.line().is_empty() {}
        }
        line
    }

    /// Ends this side of the connection and gives all that comes until the other side ends.
    pub(crate) fn finish(mut self) -> String {
        self.stream.get_ref().shutdown(Shutdown::Write).unwrap();
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).unwrap();
        rest
    }

    /// All that comes until the other side ends.
    pub(crate) fn rest(mut self) -> String {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).unwrap();
        rest
    }
}

pub(crate) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
