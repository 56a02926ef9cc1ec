use std::{
    io,
    net::Shutdown,
    sync::Arc,
    time::{Duration, Instant},
};

use socket2::SockRef;
use tokio::{
    net::TcpStream,
    sync::mpsc::{self, Receiver, Sender},
    task::JoinSet,
};

use super::wire;
use crate::{
    config::Limits,
    engine::{Permit, Permits},
};

/// Where refused connections linger, so that their last line arrives (PROTOCOL section 6).
///
/// Each has a task, which costs no more than an entry in a list.
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
    /// Gives the queue of refused connections and the work of its task, which ends when the queue is dropped.
    pub(super) fn new(limits: &Limits) -> (Self, impl Future<Output = ()> + Send + use<>) {
        // Whoever has a permit finds room. A channel has room for one at least, also where there are no permits.
        let (queue, refused) = mpsc::channel(limits.max_lingering.max(1));
        let (lingering, linger) = (Permits::new(limits.max_lingering), limits.linger);
        (Self { queue, lingering, linger }, watch(refused))
    }

    /// Sends the last line, and lets the connection linger if there is a permit.
    pub(super) fn refuse(&self, stream: Arc<TcpStream>, last_line: &[u8]) {
        if let (Ok(()), Some(permit)) = (say(&stream, last_line), self.lingering.try_acquire()) {
            let until = Instant::now() + self.linger;
            // Without its task, at the very end of a drain, the connection is closed at once.
            let _ = self.queue.try_send(Refused { stream, until, _permit: permit });
        }
    }
}

impl Refused {
    async fn linger(self) {
        let mut discarded = vec![0; 4096];
        while let Ok(1..) = wire::read_until(&self.stream, &mut discarded, self.until).await {}
    }
}

fn say(stream: &TcpStream, last_line: &[u8]) -> io::Result<()> {
    let stream = SockRef::from(stream);
    // A new connection has room for one line, though the runtime has not heard so yet.
    stream.send(last_line)?;
    stream.shutdown(Shutdown::Write)
}

async fn watch(mut refused: Receiver<Refused>) {
    // What lingers when the queue is dropped is dropped with the set.
    let mut lingering = JoinSet::new();
    while let Some(refused) = refused.recv().await {
        lingering.spawn(refused.linger());
        while lingering.try_join_next().is_some() {}
    }
}
