use std::{
    io,
    net::Shutdown,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use socket2::SockRef;
use tokio::{
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

use super::wire;
use crate::config::Limits;

/// Where refused connections linger, so that their last line arrives (PROTOCOL section 6).
///
/// Each has a task, which costs no more than an entry in a list.
#[derive(Debug)]
pub(super) struct Refusals {
    queue: UnboundedSender<Refused>,
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
    /// Gives the desk and the work of its task, which ends when the desk is dropped.
    pub(super) fn new(limits: &Limits) -> (Self, impl Future<Output = ()> + Send + use<>) {
        // Bounded by the places: whoever has none is not sent.
        let (queue, refused) = unbounded_channel();
        let (max_lingering, linger) = (limits.max_lingering, limits.linger);
        (Self { queue, lingering: Arc::default(), max_lingering, linger }, watch(refused))
    }

    /// Sends the last line, and lets the connection linger if there is a place.
    pub(super) fn refuse(&self, stream: Arc<TcpStream>, last_line: &[u8]) {
        if let (Ok(()), Some(place)) = (say(&stream, last_line), self.place()) {
            let until = Instant::now() + self.linger;
            // Without its task, at the very end of a drain, the connection is closed at once.
            let _ = self.queue.send(Refused { stream, until, _place: place });
        }
    }

    fn place(&self) -> Option<Place> {
        let taken = Place(Arc::clone(&self.lingering));
        (self.lingering.fetch_add(1, Ordering::Relaxed) < self.max_lingering).then_some(taken)
    }
}

impl Refused {
    async fn linger(self) {
        let mut discarded = vec![0; 4096];
        while let Ok(1..) = wire::read_until(&self.stream, &mut discarded, self.until).await {}
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn say(stream: &TcpStream, last_line: &[u8]) -> io::Result<()> {
    let stream = SockRef::from(stream);
    // A new connection has room for one line, though the runtime has not heard so yet.
    stream.send(last_line)?;
    stream.shutdown(Shutdown::Write)
}

async fn watch(mut refused: UnboundedReceiver<Refused>) {
    // Those who linger when the desk is dropped are dropped with the set.
    let mut lingering = JoinSet::new();
    while let Some(refused) = refused.recv().await {
        lingering.spawn(refused.linger());
        while lingering.try_join_next().is_some() {}
    }
}
