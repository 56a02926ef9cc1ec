use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::config::Limits;

/// How often refused connections are looked at; the last line is long gone, only the close waits.
const GLANCE: Duration = Duration::from_millis(20);

/// Where refused connections linger, so that their last line arrives (PROTOCOL section 6).
///
/// One thread watches over all of them, without blocking on any: connections are refused also because there are no more
/// threads.
#[derive(Debug)]
pub(super) struct Refusals {
    queue: Sender<Refused>,
    lingering: Arc<AtomicUsize>,
    max_lingering: usize,
    linger: Duration,
}

#[derive(Debug)]
struct Refused {
    stream: Arc<TcpStream>,
    until: Instant,
    _place: Place,
}

/// One of the places for those who linger.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Refusals {
    /// Gives the desk and the work of its thread, which ends when the desk is dropped.
    pub(super) fn new(limits: &Limits) -> (Self, impl FnOnce() + Send + use<>) {
        // Bounded by the places: whoever has none is not sent.
        let (queue, refused) = unbounded();
        let (max_lingering, linger) = (limits.max_lingering, limits.linger);
        (Self { queue, lingering: Arc::default(), max_lingering, linger }, move || watch(&refused))
    }

    /// Sends the last line, and lets the connection linger if there is a place.
    pub(super) fn refuse(&self, stream: Arc<TcpStream>, last_line: &[u8]) {
        if let (Ok(()), Some(place)) = (say(&stream, last_line), self.place()) {
            let until = Instant::now() + self.linger;
            // Without its thread, at the very end of a drain, the connection is closed at once.
            let _ = self.queue.send(Refused { stream, until, _place: place });
        }
    }

    fn place(&self) -> Option<Place> {
        let taken = Place(Arc::clone(&self.lingering));
        (self.lingering.fetch_add(1, Ordering::Relaxed) < self.max_lingering).then_some(taken)
    }
}

impl Refused {
    fn is_over(&self) -> bool {
        if Instant::now() >= self.until {
            return true;
        }
        let mut discarded = [0; 4096];
        match (&*self.stream).read(&mut discarded) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn say(mut stream: &TcpStream, last_line: &[u8]) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    // A new connection has room for one line.
    stream.write_all(last_line)?;
    stream.shutdown(Shutdown::Write)
}

fn watch(refused: &Receiver<Refused>) {
    let mut lingering: Vec<Refused> = Vec::new();
    let mut next_glance = Instant::now();
    loop {
        let next = if lingering.is_empty() {
            refused.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            refused.recv_deadline(next_glance)
        };
        match next {
            Ok(refused) => lingering.push(refused),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= next_glance {
            lingering.retain(|refused| !refused.is_over());
            next_glance = Instant::now() + GLANCE;
        }
    }
}
