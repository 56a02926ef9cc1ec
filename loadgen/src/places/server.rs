use std::{
    io::{self, ErrorKind},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use herd::protocol::Query;
use http::StatusCode;
use slab::Slab;

use super::{
    connection::{Connection, Turn},
    fault_injection::{FaultInjection, Treatment},
    request::Resource,
    response::{Response, ResponseCache, injected_error, refusal, response},
    timers::Timers,
};
use crate::{
    result::PlacesStats,
    serving::{Event, Poller, Source, Stop, Watch, is_passing, pause_after_failure, refuse},
};

/// Read at once, into one buffer for all connections.
const READ_BYTES: usize = 16 * 1024;
/// What one connection may do before the others have their turn.
const TURNS_IN_A_ROW: usize = 32;
/// How long input is drained after the last response, as in PROTOCOL 6.1.
const LINGER: Duration = Duration::from_secs(2);

/// The stand-in for the Places service: every connection, on one thread.
pub(super) struct Server {
    poller: Poller,
    watch: Watch,
    listener: TcpListener,
    max_connections: usize,
    refused: u64,
    connections: Slab<Connection>,
    timers: Timers,
    faults: FaultInjection,
    cache: ResponseCache,
    tally: PlacesStats,
    scratch: Box<[u8]>,
}

impl Server {
    /// Prepares to serve what the listener accepts, at most so many connections at once.
    pub(super) fn new(
        listener: TcpListener,
        max_connections: usize,
        stop: &Stop,
        faults: FaultInjection,
        cache: ResponseCache,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let watch = Watch::new()?;
        watch.listen(&listener, stop)?;
        Ok(Self {
            poller: Poller::new(watch.clone()),
            watch,
            listener,
            max_connections,
            refused: 0,
            connections: Slab::new(),
            timers: Timers::default(),
            faults,
            cache,
            tally: PlacesStats::default(),
            scratch: vec![0; READ_BYTES].into_boxed_slice(),
        })
    }

    /// Serves until a signal comes, and gives the counts.
    pub(super) fn run(mut self) -> io::Result<PlacesStats> {
        loop {
            let timeout = self.timers.wait(Instant::now());
            for number in 0..self.poller.wait(timeout)? {
                let event = self.poller.event(number);
                match event.source {
                    Source::Stop => return Ok(self.tally),
                    Source::Listener => self.accept(),
                    Source::Connection(key) => self.take(key, event),
                }
            }
            self.ring();
        }
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
        let entry = self.connections.vacant_entry();
        let connection = Connection::new(stream)?;
        self.watch.add(&connection.stream, entry.key())?;
        entry.insert(connection);
        self.tally.connections += 1;
        Ok(())
    }

    fn take(&mut self, key: usize, event: Event) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if event.is_gone {
            return self.remove(key);
        }
        connection.note(event);
        self.advance(key);
    }

    fn advance(&mut self, key: usize) {
        for _ in 0..TURNS_IN_A_ROW {
            let Some(connection) = self.connections.get_mut(key) else { return };
            match connection.advance(&mut self.scratch) {
                Ok(Turn::Asks(resource)) => self.begin(key, resource),
                Ok(Turn::Lingers) => connection.alarm = self.timers.set(key, Instant::now() + LINGER),
                Ok(Turn::GoesOn) => {}
                Ok(Turn::Waits) => return,
                Ok(Turn::IsOver) | Err(_) => return self.remove(key),
            }
        }
        let Some(connection) = self.connections.get(key) else { return };
        if self.watch.remind(&connection.stream, key).is_err() {
            self.remove(key);
        }
    }

    fn begin(&mut self, key: usize, resource: Resource) {
        let answer = match resource {
            Resource::Nearby(query) => return self.search(key, &query),
            Resource::Stats => response(StatusCode::OK, self.tally.json().as_bytes()),
            Resource::Delay(delay) => {
                self.faults.delay = delay;
                response(StatusCode::OK, self.tally.json().as_bytes())
            }
            Resource::Refused(reason) => {
                self.tally.refused += 1;
                refusal(reason)
            }
        };
        self.connections[key].answer(answer);
    }

    /// Treats a search as is drawn.
    fn search(&mut self, key: usize, query: &Query) {
        self.tally.begin();
        match self.faults.next() {
            Treatment::IsAnswered(delay) => {
                let answer = self.cache.answer(query);
                self.answer(key, answer, delay);
            }
            Treatment::Fails(delay) => {
                self.tally.errors += 1;
                self.answer(key, injected_error(), delay);
            }
            Treatment::Hangs => {
                self.tally.hangs += 1;
                self.connections[key].hang();
            }
        }
    }

    /// Answers after a delay. It counts from now, when the search has been read and its answer is ready.
    fn answer(&mut self, key: usize, answer: Response, delay: Duration) {
        let connection = &mut self.connections[key];
        if delay.is_zero() {
            self.tally.end();
            return connection.answer(answer);
        }
        connection.answer_later(answer, self.timers.set(key, Instant::now() + delay));
    }

    /// Goes on with every connection whose alarm is due.
    fn ring(&mut self) {
        let now = Instant::now();
        while let Some(alarm) = self.timers.due(now) {
            let Some(connection) = self.connections.get_mut(alarm.key) else { continue };
            if connection.alarm != alarm.serial {
                continue;
            }
            if connection.is_in_flight() {
                self.tally.end();
            }
            if connection.ring() {
                self.advance(alarm.key);
            } else {
                self.remove(alarm.key);
            }
        }
        let connections = &self.connections;
        self.timers.tidy(|alarm| connections.get(alarm.key).is_some_and(|open| open.alarm == alarm.serial));
    }

    /// Closes a connection; dropping it ends its watch as well.
    fn remove(&mut self, key: usize) {
        if self.connections.remove(key).is_in_flight() {
            self.tally.end();
        }
    }
}
