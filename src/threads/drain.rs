use std::{
    io::{self, PipeReader, PipeWriter},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

/// The signal that something must come to its end; it wakes those who sleep, or wait for input.
#[derive(Debug)]
pub(super) struct Drain {
    begun: AtomicBool,
    /// Closed when the drain begins: that wakes whoever polls the other end.
    writer: Mutex<Option<PipeWriter>>,
    reader: PipeReader,
}

/// What ended a wait for input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// There is input, or its end.
    Input,
    /// The moment has passed.
    Late,
    /// The drain has begun.
    Drain,
}

impl Drain {
    pub(super) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { begun: AtomicBool::new(false), writer: Mutex::new(Some(writer)), reader })
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        drop(self.writer.lock().take());
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Sleeps, but not beyond the beginning of the drain.
    pub(super) fn sleep(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.has_begun() && poll_until(&mut [self.reader_fd()], until) {}
    }

    /// Waits for input until a moment, but not beyond the beginning of the drain.
    ///
    /// Shutting the socket down for reading would wake the thread too, but then the system answers what the client still
    /// sends with a reset, which destroys the last reply.
    pub(super) fn wait(&self, stream: &TcpStream, until: Instant) -> Wait {
        loop {
            if self.has_begun() {
                return Wait::Drain;
            }
            let mut watched = [PollFd::new(stream, PollFlags::IN), self.reader_fd()];
            if !poll_until(&mut watched, until) {
                return Wait::Late;
            }
            if !watched[0].revents().is_empty() {
                return Wait::Input;
            }
        }
    }

    /// The end of the pipe that is polled for its hang-up, which is always reported.
    fn reader_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.reader, PollFlags::empty())
    }
}

/// Whether something happened, or may have, before the moment.
fn poll_until(watched: &mut [PollFd<'_>], until: Instant) -> bool {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec::try_from(left).ok();
    match poll(watched, timeout.as_ref()) {
        Ok(ready) => ready > 0,
        Err(Errno::INTR) => true,
        // Of the others, only a lack of kernel memory can occur: as good as late.
        Err(_) => false,
    }
}
