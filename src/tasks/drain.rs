use std::{
    future::poll_fn,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    time::{Duration, Instant},
};

use tokio::{net::TcpStream, sync::Notify, time::timeout};

use super::wire::Timer;

/// The signal that something must come to its end; it wakes those who sleep, or wait for input.
#[derive(Debug)]
pub(super) struct Drain {
    begun: AtomicBool,
    notify: Notify,
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
    pub(super) fn new() -> Self {
        Self { begun: AtomicBool::new(false), notify: Notify::new() }
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        self.notify.notify_waiters();
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Sleeps, but not beyond the beginning of the drain.
    pub(super) async fn sleep(&self, pause: Duration) {
        // What was notified before is missed; whoever listens before looking misses nothing.
        let notified = self.notify.notified();
        if !self.has_begun() {
            // It is the time, or the end.
            let _ = timeout(pause, notified).await;
        }
    }

    /// Waits for input until a moment, but not beyond the beginning of the drain.
    ///
    /// Shutting the socket down for reading would wake the task too, but then the system answers what the client still
    /// sends with a reset, which destroys the last reply.
    pub(super) async fn wait(&self, stream: &TcpStream, timer: &mut Timer, until: Instant) -> Wait {
        let mut notified = pin!(self.notify.notified());
        if self.has_begun() {
            return Wait::Drain;
        }
        poll_fn(|cx| {
            // A socket that fails tells why when it is read.
            if stream.poll_read_ready(cx).is_ready() {
                Poll::Ready(Wait::Input)
            } else if notified.as_mut().poll(cx).is_ready() {
                Poll::Ready(Wait::Drain)
            } else {
                timer.poll_elapsed(cx, until).map(|()| Wait::Late)
            }
        })
        .await
    }
}
