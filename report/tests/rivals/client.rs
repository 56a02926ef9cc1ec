use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// For any reply: far more than one takes, so that only a server that hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client's connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    /// Tells where a client is, as of this second, and gives the AT line.
    pub(crate) fn tell(&mut self, client: &str) -> String {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let line = self.ask(&format!("IAMAT {client} +34.068930-118.445127 {now_s}"));
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

    /// Sends a line and gives the first line of the reply.
    fn ask(&mut self, line: &str) -> String {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
        self.line()
    }

    /// The next line, without LF; empty at the end of input.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end_matches('\n').to_owned()
    }
}

/// A loopback address of one test's own, so that herds with known ports cannot collide.
pub(crate) fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | high & 63, low, NEXT.fetch_add(1, Ordering::Relaxed))
}
