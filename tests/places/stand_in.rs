//! A provider that does what a test says, byte by byte.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use crate::process::DEADLINE;

/// How a request is answered.
pub(crate) enum Act {
    /// Sends this; the connection stays for the next request.
    Send(Vec<u8>),
    /// Sends this and ends the connection.
    SendAndClose(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Sends this, then nothing more for as long as the other side stays.
    Stall(Vec<u8>),
    /// Sends this after a pause.
    After(Duration, Vec<u8>),
    /// Sends the first at once and the second byte by byte, this far apart.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Sends the first once and the second for as long as it is taken.
    Endless(Vec<u8>, Vec<u8>),
    /// Holds the last byte back until the test sends a word.
    Gate(Receiver<()>, Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The request line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The radius that a query of the legacy shape asks for, in whole kilometres.
    pub(crate) fn radius_km(&self) -> usize {
        let after = self.head.split_once("radius=").unwrap().1;
        after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<usize>().unwrap() / 1000
    }
}

/// What has happened so far.
#[derive(Default)]
struct Log {
    requests: Vec<Request>,
    streams: Vec<Arc<TcpStream>>,
    /// Connections that the script has closed.
    closed: usize,
    in_hand: usize,
    most_in_hand: usize,
}

/// What a request is answered with, and how many came before it.
type Script = dyn Fn(&Request, usize) -> Act + Send + Sync;

struct Shared {
    script: Box<Script>,
    log: Mutex<Log>,
    changed: Condvar,
    is_over: AtomicBool,
}

/// A provider on a port of its own. What it began ends with it or with the server that it serves.
pub(crate) struct StandIn {
    addr: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Starts one; the script is told the request and how many came before it.
    pub(crate) fn start(script: impl Fn(&Request, usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            log: Mutex::default(),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
        });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { addr, shared, acceptor: Some(acceptor) }
    }

    /// One that answers every request with one place.
    pub(crate) fn well() -> Self {
        Self::start(|_, _| Act::Send(ok(&places(1))))
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.log.lock().requests.clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.log.lock().streams.len()
    }

    /// Most requests that were in hand at once.
    pub(crate) fn most_in_hand(&self) -> usize {
        self.shared.log.lock().most_in_hand
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        self.wait_until(|log| log.requests.len() >= count);
    }

    /// Waits until the script has closed so many connections.
    pub(crate) fn wait_for_closed(&self, count: usize) {
        self.wait_until(|log| log.closed >= count);
    }

    fn wait_until(&self, is_so: impl Fn(&Log) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        let mut log = self.shared.log.lock();
        while !is_so(&log) {
            let waited = self.shared.changed.wait_until(&mut log, deadline);
            assert!(!waited.timed_out(), "{} requests came", log.requests.len());
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        // Wakes the acceptor; when nobody can be reached, it has ended.
        let _woken = TcpStream::connect(self.addr);
        let _ended = self.acceptor.take().map(JoinHandle::join);
        for stream in &self.shared.log.lock().streams {
            // The other end may have gone before.
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.is_over.load(Ordering::Acquire) {
            return;
        }
        let stream = Arc::new(stream.unwrap());
        shared.log.lock().streams.push(Arc::clone(&stream));
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // The other end may leave whenever it likes.
            let _left = serve(&stream, &shared);
            let _gone = stream.shutdown(Shutdown::Both);
        });
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        stream.set_read_timeout(None)?;
        let Some(request) = read(&mut reader)? else { return Ok(()) };
        let number = {
            let mut log = shared.log.lock();
            log.requests.push(request.clone());
            log.in_hand += 1;
            log.most_in_hand = log.most_in_hand.max(log.in_hand);
            log.requests.len() - 1
        };
        shared.changed.notify_all();
        let act = (shared.script)(&request, number);
        if !perform(act, stream, shared)? {
            shared.log.lock().closed += 1;
            shared.changed.notify_all();
            return Ok(());
        }
    }
}

/// Reads one request; `None` at the end of input.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let mut request = Request { head, body: Vec::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

/// Does as told; whether the connection stays.
fn perform(act: Act, mut stream: &TcpStream, shared: &Shared) -> io::Result<bool> {
    let act = match act {
        Act::Gate(gate, bytes) => {
            let (last, first) = bytes.split_last().unwrap();
            stream.write_all(first)?;
            // A test that has failed sends no word.
            let _word = gate.recv_timeout(DEADLINE);
            Act::Send(vec![*last])
        }
        act => act,
    };
    // Before the last byte: the other side may ask again before this thread runs on.
    shared.log.lock().in_hand -= 1;
    match act {
        Act::Send(bytes) | Act::Gate(_, bytes) => stream.write_all(&bytes).map(|()| true),
        Act::SendAndClose(bytes) => {
            stream.write_all(&bytes)?;
            stream.shutdown(Shutdown::Both).map(|()| false)
        }
        // Closing resets nothing while the log has the socket too.
        Act::Reset => Ok(rustix::net::connect_unspec(stream).map(|()| false)?),
        Act::Stall(bytes) => {
            stream.write_all(&bytes)?;
            has_left(stream, DEADLINE).map(|_| false)
        }
        Act::After(pause, bytes) => {
            has_left(stream, pause)?;
            stream.write_all(&bytes).map(|()| true)
        }
        Act::Drip(head, bytes, pace) => {
            stream.write_all(&head)?;
            for byte in bytes {
                if has_left(stream, pace)? {
                    return Ok(false);
                }
                stream.write_all(&[byte])?;
            }
            Ok(true)
        }
        Act::Endless(head, bytes) => {
            stream.write_all(&head)?;
            loop {
                stream.write_all(&bytes)?;
            }
        }
    }
}

/// Waits this long at most for the other side to leave.
fn has_left(mut stream: &TcpStream, patience: Duration) -> io::Result<bool> {
    stream.set_read_timeout(Some(patience))?;
    match stream.read(&mut [0]) {
        Ok(count) => Ok(count == 0),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A whole answer with HTTP status 200 and this body.
pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    response("200 OK", "content-type: application/json\r\n", body)
}

/// A whole answer; `headers` end with CR LF.
pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A body of the legacy shape with so many places.
pub(crate) fn places(count: usize) -> Vec<u8> {
    let results: Vec<_> = (0..count).map(|number| json!({ "name": format!("place {number}") })).collect();
    document(&Value::Array(results), &json!({})).into_bytes()
}

/// A body of the legacy shape with these results and further fields.
pub(crate) fn document(results: &Value, more: &Value) -> String {
    let mut document = json!({ "html_attributions": [], "results": results, "status": "OK" });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document.to_string()
}
