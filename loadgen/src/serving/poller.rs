use std::{io, net::TcpListener, sync::Arc, time::Duration};

use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, CreateFlags, EventData, EventFlags},
    fd::{AsFd, OwnedFd},
    io::Errno,
    time::Timespec,
};

use super::Stop;

/// Events taken from the kernel at once: enough that a call's cost is spread, few enough that timers are not kept waiting.
const BATCH: usize = 512;
const LISTENER: u64 = u64::MAX;
const STOP: u64 = u64::MAX - 1;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Somebody connects.
    Listener,
    /// A signal has come.
    Stop,
    /// A connection, by the key that it was added with. Events of one batch may still name a key that was removed or
    /// even given away again; a non-blocking socket bears that.
    Connection(usize),
}

/// Something has happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) source: Source,
    /// The other side has ended its sending, or everything: no more bytes will come than have come.
    pub(crate) is_ended: bool,
    /// The connection is gone in both directions.
    pub(crate) is_gone: bool,
}

impl Event {
    fn new(event: &epoll::Event) -> Self {
        let (flags, data) = (event.flags, event.data);
        let source = match data.u64() {
            LISTENER => Source::Listener,
            STOP => Source::Stop,
            key => Source::Connection(usize::try_from(key).unwrap_or(usize::MAX)),
        };
        let is_gone = flags.intersects(EventFlags::HUP | EventFlags::ERR);
        Self { source, is_ended: is_gone || flags.contains(EventFlags::RDHUP), is_gone }
    }
}

/// What has happened to what is watched. Connections are watched edge-triggered: an event comes when something changes, once.
pub(crate) struct Poller {
    watch: Watch,
    ready: Vec<epoll::Event>,
}

/// What a poller watches; any thread can add to it.
#[derive(Clone)]
pub(crate) struct Watch(Arc<OwnedFd>);

impl Poller {
    /// Gives the events of what is watched, to the thread that makes it.
    pub(crate) fn new(watch: Watch) -> Self {
        Self { watch, ready: Vec::with_capacity(BATCH) }
    }

    /// Waits for events, for the time-out at most, to the nanosecond, and says how many there are.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        self.ready.clear();
        match epoll::wait(&self.watch.0, spare_capacity(&mut self.ready), timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(self.ready.len()),
            Err(error) => Err(error.into()),
        }
    }

    /// An event of the last wait, numbered from 0.
    pub(crate) fn event(&self, number: usize) -> Event {
        Event::new(&self.ready[number])
    }
}

impl Watch {
    /// Watches nothing yet.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(epoll::create(CreateFlags::CLOEXEC)?)))
    }

    /// Watches a listener, which must be non-blocking, and the signals.
    pub(crate) fn listen(&self, listener: &TcpListener, stop: &Stop) -> io::Result<()> {
        epoll::add(&self.0, listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        Ok(epoll::add(&self.0, stop.descriptor(), EventData::new_u64(STOP), EventFlags::IN)?)
    }

    /// Watches a connection for both directions until it is closed.
    pub(crate) fn add(&self, connection: impl AsFd, key: usize) -> io::Result<()> {
        Ok(epoll::add(&self.0, connection, EventData::new_u64(key as u64), both_ways())?)
    }

    /// Makes the connection's next event come even if nothing changes.
    pub(crate) fn remind(&self, connection: impl AsFd, key: usize) -> io::Result<()> {
        Ok(epoll::modify(&self.0, connection, EventData::new_u64(key as u64), both_ways())?)
    }
}

fn both_ways() -> EventFlags {
    EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET
}
