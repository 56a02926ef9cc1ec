use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::{
    config::Limits,
    engine::{Permit, Permits},
};

/// Where refused connections linger, so that their last line arrives (PROTOCOL section 6).
///
/// One thread watches over all of them, without blocking on any: connections are refused also because there are no more
/// threads.
#[derive(Debug)]
pub(super) struct Refusals {
    queue: Sender<Refused>,
    lingering: Permits,
    linger: Duration,
}

#[derive(Debug)]
struct Refused {
    stream: Arc<TcpStream>,
    until: Instant,
    _permit: Permit,
}

impl Refusals {
    /// Gives the queue of refused connections and the work of its thread, which ends when the queue is dropped.
    pub(super) fn new(limits: &Limits) -> (Self, impl FnOnce() + Send + use<>) {
        // Whoever has a permit finds room.
        let (queue, refused) = bounded(limits.max_lingering);
        let (lingering, linger) = (Permits::new(limits.max_lingering), limits.linger);
        (Self { queue, lingering, linger }, move || watch(&refused))
    }

    /// Sends the last line, and lets the connection linger if there is a permit.
    pub(super) fn refuse(&self, stream: Arc<TcpStream>, last_line: &[u8]) {
        if let (Ok(()), Some(permit)) = (say(&stream, last_line), self.lingering.try_acquire()) {
            let until = Instant::now() + self.linger;
            // Without its thread, at the very end of a drain, the connection is closed at once.
            let _ = self.queue.try_send(Refused { stream, until, _permit: permit });
        }
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
            next_glance = Instant::now() + Limits::REFUSAL_GLANCE;
        }
    }
}
