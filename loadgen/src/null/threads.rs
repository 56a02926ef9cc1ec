use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::answers::{Answers, Kind};
use crate::serving::{is_passing, pause_after_failure, refuse};

/// A thread here calls read and write and little else; the buffers are on the heap.
const STACK_BYTES: usize = 64 * 1024;
/// Read at once: 200 lines or so.
const READ_BYTES: usize = 16 * 1024;
/// Threads that wait for a connection at most, and for how long: as many, and as long, as the threaded engine keeps.
const MAX_WAITING: usize = 256;
const IDLE: Duration = Duration::from_mins(1);
/// How long a client may leave its replies unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections for ever, each with a thread of its own as long as it lives. The thread then waits for the next one, as in
/// the threaded engine: what is left between the two is not the start of threads.
pub(super) fn serve(listener: &TcpListener, kind: &Kind, max_connections: usize) {
    let (open, mut refused) = (Arc::new(AtomicUsize::new(0)), 0);
    let cache = ThreadCache::new();
    loop {
        match listener.accept() {
            Ok((stream, _)) if open.load(Ordering::Relaxed) >= max_connections => {
                refuse(stream, max_connections, &mut refused);
            }
            Ok((stream, _)) => {
                let connection = Connection { stream, answers: kind.answers(), counted: Counted::new(&open) };
                // Where the system has no thread left, the connection is closed.
                if let Err(error) = cache.serve(connection) {
                    pause_after_failure(&error);
                }
            }
            Err(error) if is_passing(&error) => {}
            Err(error) => pause_after_failure(&error),
        }
    }
}

struct Connection {
    stream: TcpStream,
    answers: Answers,
    counted: Counted,
}

/// Threads that wait for a connection, and the means to hand one over.
struct ThreadCache {
    /// Without room, so that a connection is handed over only to a thread that waits.
    hand: Sender<Connection>,
    waiting: Waiting,
}

/// What a thread needs to wait for its next connection.
#[derive(Clone)]
struct Waiting {
    next: Receiver<Connection>,
    count: Arc<AtomicUsize>,
}

impl ThreadCache {
    fn new() -> Self {
        let (hand, next) = bounded(0);
        Self { hand, waiting: Waiting { next, count: Arc::default() } }
    }

    fn serve(&self, connection: Connection) -> io::Result<()> {
        let connection = match self.hand.try_send(connection) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(connection) | TrySendError::Disconnected(connection)) => connection,
        };
        let waiting = self.waiting.clone();
        thread::Builder::new().stack_size(STACK_BYTES).spawn(move || waiting.work(connection))?;
        Ok(())
    }
}

impl Waiting {
    fn work(&self, first: Connection) {
        let mut connection = Some(first);
        while let Some(Connection { stream, answers, counted }) = connection {
            // How one connection ends concerns that connection alone.
            serve_connection(stream, answers).ok();
            drop(counted);
            connection = self.wait();
        }
    }

    fn wait(&self) -> Option<Connection> {
        let waiting = self.count.fetch_add(1, Ordering::Relaxed);
        let next = if waiting < MAX_WAITING { self.next.recv_timeout(IDLE).ok() } else { None };
        self.count.fetch_sub(1, Ordering::Relaxed);
        next
    }
}

fn serve_connection(mut stream: TcpStream, mut answers: Answers) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut input = vec![0; READ_BYTES];
    loop {
        let taken = match stream.read(&mut input) {
            Ok(0) => return Ok(()),
            Ok(bytes) => answers.take(&input[..bytes]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        flush(&mut stream, &mut answers)?;
        if taken.is_err() {
            return Ok(());
        }
    }
}

fn flush(stream: &mut TcpStream, answers: &mut Answers) -> io::Result<()> {
    loop {
        let next = answers.next();
        if next.is_empty() {
            return Ok(());
        }
        let bytes = next.len();
        stream.write_all(next)?;
        answers.wrote(bytes);
    }
}

/// One of the open connections, for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
