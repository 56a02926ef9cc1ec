use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use slab::Slab;

use super::answers::{Answers, Kind};
use crate::serving::{Event, Poller, Source, Stop, Watch, is_passing, pause_after_failure, refuse};

/// Read at once, into one buffer for all connections.
const READ_BYTES: usize = 64 * 1024;
/// Full reads from one connection before the others have their turn.
const READS_IN_A_ROW: usize = 4;

/// Serves connections on so many threads until a signal comes: this one, which also accepts them, and others, which the end of
/// the process ends. Each has an epoll of its own, and they get connections in turn.
pub(super) fn serve(
    listener: TcpListener,
    kind: Kind,
    max_connections: usize,
    workers: NonZeroUsize,
    stop: &Stop,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let shares = (0..workers.get()).map(|_| Share::new().map(Arc::new)).collect::<io::Result<Vec<_>>>()?;
    let first = Arc::clone(&shares[0]);
    first.watch.listen(&listener, stop)?;
    for share in shares.iter().skip(1).map(Arc::clone) {
        thread::Builder::new().spawn(move || Worker::new(share).run(|| ()))?;
    }
    let mut acceptor = Acceptor { listener, kind, shares, accepted: 0, max_connections, refused: 0 };
    Worker::new(first).run(|| acceptor.accept())
}

/// The connections of one worker, which any worker can add to.
struct Share {
    watch: Watch,
    connections: Mutex<Slab<Connection>>,
}

struct Acceptor {
    listener: TcpListener,
    kind: Kind,
    shares: Vec<Arc<Share>>,
    accepted: usize,
    max_connections: usize,
    refused: u64,
}

struct Worker {
    poller: Poller,
    share: Arc<Share>,
    input: Box<[u8]>,
}

struct Connection {
    stream: TcpStream,
    answers: Answers,
}

impl Share {
    fn new() -> io::Result<Self> {
        Ok(Self { watch: Watch::new()?, connections: Mutex::default() })
    }

    /// Nobody panics who holds it.
    fn connections(&self) -> MutexGuard<'_, Slab<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, stream: TcpStream, answers: Answers) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let mut connections = self.connections();
        let entry = connections.vacant_entry();
        self.watch.add(&stream, entry.key())?;
        entry.insert(Connection { stream, answers });
        Ok(())
    }
}

impl Acceptor {
    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) if self.open() >= self.max_connections => {
                    refuse(stream, self.max_connections, &mut self.refused);
                }
                Ok((stream, _)) => {
                    let share = &self.shares[self.accepted % self.shares.len()];
                    self.accepted += 1;
                    // A connection that is reset meanwhile is no loss.
                    share.add(stream, self.kind.answers()).unwrap_or_default();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_passing(&error) => {}
                Err(error) => return pause_after_failure(&error),
            }
        }
    }

    fn open(&self) -> usize {
        self.shares.iter().map(|share| share.connections().len()).sum()
    }
}

impl Worker {
    fn new(share: Arc<Share>) -> Self {
        let poller = Poller::new(share.watch.clone());
        Self { poller, share, input: vec![0; READ_BYTES].into_boxed_slice() }
    }

    fn run(&mut self, mut accept: impl FnMut()) -> io::Result<()> {
        loop {
            for number in 0..self.poller.wait(None)? {
                let event = self.poller.event(number);
                match event.source {
                    Source::Stop => return Ok(()),
                    Source::Listener => accept(),
                    Source::Connection(key) => self.serve(key, event),
                }
            }
        }
    }

    /// Goes on with a connection that an event names. Closing it, by dropping, ends its watch as well.
    fn serve(&mut self, key: usize, event: Event) {
        let mut connections = self.share.connections();
        let Some(connection) = connections.get_mut(key) else { return };
        let reminded = match connection.advance(&mut self.input, event) {
            Ok(Progress::Waits) => Ok(()),
            Ok(Progress::HasMore) => self.share.watch.remind(&connection.stream, key),
            Err(error) => Err(error),
        };
        if reminded.is_err() {
            connections.remove(key);
        }
    }
}

/// How far a connection has come.
enum Progress {
    /// Everything is done until the next event.
    Waits,
    /// There may be more to read, but it is the others' turn.
    HasMore,
}

impl Connection {
    /// Reads and answers. What is owed goes first: nothing is read from a client that does not read. An error, the end
    /// of input among them, ends the connection.
    fn advance(&mut self, input: &mut [u8], event: Event) -> io::Result<Progress> {
        for _ in 0..READS_IN_A_ROW {
            if !self.flush()? {
                return Ok(Progress::Waits);
            }
            let bytes = match self.stream.read(input) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Progress::Waits),
                Err(error) => return Err(error),
            };
            let taken = self.answers.take(&input[..bytes]);
            let is_flushed = self.flush()?;
            taken.map_err(|_| ErrorKind::InvalidData)?;
            // A read that fills less than the buffer has emptied the socket, and what comes later is another event; but
            // an end that came together with these bytes has been told of already.
            if !is_flushed || (bytes < input.len() && !event.is_ended) {
                return Ok(Progress::Waits);
            }
        }
        Ok(Progress::HasMore)
    }

    /// Writes what is owed; whether that was all.
    fn flush(&mut self) -> io::Result<bool> {
        loop {
            let next = self.answers.next();
            if next.is_empty() {
                return Ok(true);
            }
            match self.stream.write(next) {
                Ok(bytes) => self.answers.wrote(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}
