use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
};

use slab::Slab;

use super::answers::{Answers, Kind};
use crate::serving::{Event, Poller, Source, Stop, is_passing, pause_after_failure, refuse};

/// Read at once, into one buffer for all connections.
const READ_BYTES: usize = 64 * 1024;
/// Full reads from one connection before the others have their turn.
const READS_IN_A_ROW: usize = 4;

/// Serves every connection on this thread until a signal comes.
pub(super) fn serve(listener: TcpListener, kind: Kind, max_connections: usize, stop: &Stop) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let poller = Poller::new(&listener, stop)?;
    let input = vec![0; READ_BYTES].into_boxed_slice();
    let mut server = Server { poller, listener, kind, connections: Slab::new(), input, max_connections, refused: 0 };
    while server.turn()? == Flow::Continues {}
    Ok(())
}

struct Server {
    poller: Poller,
    listener: TcpListener,
    kind: Kind,
    connections: Slab<Connection>,
    input: Box<[u8]>,
    max_connections: usize,
    refused: u64,
}

struct Connection {
    stream: TcpStream,
    answers: Answers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continues,
    Ends,
}

impl Server {
    fn turn(&mut self) -> io::Result<Flow> {
        for number in 0..self.poller.wait(None)? {
            let event = self.poller.event(number);
            match event.source {
                Source::Stop => return Ok(Flow::Ends),
                Source::Listener => self.accept(),
                Source::Connection(key) => self.serve(key, event),
            }
        }
        Ok(Flow::Continues)
    }

    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) if self.connections.len() >= self.max_connections => {
                    refuse(stream, self.max_connections, &mut self.refused);
                }
                // A connection that is reset meanwhile is no loss.
                Ok((stream, _)) => self.add(stream).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_passing(&error) => {}
                Err(error) => return pause_after_failure(&error),
            }
        }
    }

    fn add(&mut self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let entry = self.connections.vacant_entry();
        self.poller.add(&stream, entry.key())?;
        entry.insert(Connection { stream, answers: self.kind.answers() });
        Ok(())
    }

    /// Goes on with a connection that an event names. Closing it, by dropping, ends its watch as well.
    fn serve(&mut self, key: usize, event: Event) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let reminded = match connection.advance(&mut self.input, event) {
            Ok(Progress::Waits) => Ok(()),
            Ok(Progress::HasMore) => self.poller.remind(&connection.stream, key),
            Err(error) => Err(error),
        };
        if reminded.is_err() {
            self.connections.remove(key);
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
