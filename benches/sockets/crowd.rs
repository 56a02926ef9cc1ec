use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
};

/// What every command ends in, so that each client and each update has a time of its own.
const EPOCH_S: u64 = 1_520_023_934;

/// Connections of one client each, all used by one thread: everything is sent first, then everything read, so that the
/// server sees as many clients at once as there are.
pub(crate) struct Crowd {
    members: Vec<Member>,
    buffer: Vec<u8>,
}

struct Member {
    stream: TcpStream,
    request: Vec<u8>,
}

/// What ends a reply.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    /// So many lines.
    Lines(usize),
    /// An AT line and a document that ends with an empty line.
    Document,
    /// That, or the refusal of a server that does not know the client.
    Anything,
}

impl Crowd {
    /// Opens connections; `request` gives the bytes that the i-th one sends in each round.
    pub(crate) fn connect(to: SocketAddr, size: usize, request: impl Fn(usize) -> Vec<u8>) -> Self {
        let member = |index| Member { stream: connect(to), request: request(index) };
        Self { members: (0..size).map(member).collect(), buffer: vec![0; 1 << 16] }
    }

    /// Sends every request and reads every reply.
    pub(crate) fn round(&mut self, reply: Reply) {
        for member in &mut self.members {
            member.stream.write_all(&member.request).expect("the server takes requests");
        }
        for member in &mut self.members {
            read(&mut member.stream, &mut self.buffer, reply);
        }
    }
}

/// The bytes with which the i-th client tells where it is.
pub(crate) fn iamat(index: usize) -> Vec<u8> {
    iamat_at(&format!("client-{index}"), 0)
}

/// The same for a client at a later time.
pub(crate) fn iamat_at(client: &str, later_s: u64) -> Vec<u8> {
    format!("IAMAT {client} +34.068930-118.445127 {}.918963997\n", EPOCH_S + later_s).into_bytes()
}

/// Reads one reply and gives its bytes.
pub(crate) fn read<'a>(stream: &mut TcpStream, buffer: &'a mut [u8], reply: Reply) -> &'a [u8] {
    let mut length = 0;
    while !is_whole(&buffer[..length], reply) {
        let count = stream.read(&mut buffer[length..]).expect("the server replies");
        assert!(count > 0, "the server closed: {}", String::from_utf8_lossy(&buffer[..length]));
        length += count;
    }
    let text = &buffer[..length];
    let is_refused = text.starts_with(b"? ") && !matches!(reply, Reply::Anything);
    assert!(!is_refused, "{}", String::from_utf8_lossy(text));
    text
}

fn is_whole(text: &[u8], reply: Reply) -> bool {
    match reply {
        Reply::Lines(count) => text.ends_with(b"\n") && memchr::memchr_iter(b'\n', text).count() == count,
        Reply::Document | Reply::Anything if text.starts_with(b"? ") => text.ends_with(b"\n"),
        Reply::Document | Reply::Anything => text.ends_with(b"\n\n"),
    }
}

/// Connects, tells, is answered, and closes in order.
pub(crate) fn visit(to: SocketAddr, request: &[u8], buffer: &mut [u8]) {
    let mut stream = connect(to);
    stream.write_all(request).expect("the server takes requests");
    read(&mut stream, buffer, Reply::Lines(1));
    stream.shutdown(Shutdown::Write).expect("the connection stands");
    let left = stream.read(buffer).expect("the server closes in order");
    assert_eq!(left, 0, "nothing comes after the reply");
}

pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).expect("the server listens");
    stream.set_nodelay(true).expect("the option exists");
    stream
}
