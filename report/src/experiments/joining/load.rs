use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    super::{
        client::{Client, iamat},
        herd::PATIENCE,
    },
    questions::{Judged, Told, judge},
};

/// Between two commands on a connection: 400 updates and searches a second on five, which every variant holds.
const PACE: Duration = Duration::from_micros(12_500);

/// Updates and searches at every old server, until it is ended.
pub(super) struct Load {
    stopped: Arc<AtomicBool>,
    counts: Arc<Counts>,
    threads: Vec<JoinHandle<()>>,
}

/// What the old servers answered meanwhile.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) asked: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) wrong: AtomicU64,
    /// Requests without a reply, and connections that were not to be had.
    pub(super) refused: AtomicU64,
}

impl Load {
    /// A connection to each server, on a thread of its own.
    pub(super) fn start(servers: &[SocketAddr], all: &Arc<Vec<Told>>) -> Self {
        let (stopped, counts) = (Arc::<AtomicBool>::default(), Arc::<Counts>::default());
        let drive_at = |(number, server): (usize, &SocketAddr)| {
            let (flag, counts, all, server) = (Arc::clone(&stopped), Arc::clone(&counts), Arc::clone(all), *server);
            thread::spawn(move || {
                let mut turn = number;
                while !flag.load(Ordering::Relaxed) {
                    // It was ended, or is about to come back: the next connection tells.
                    if drive(server, &mut turn, &flag, &counts, &all).is_err() {
                        counts.refused.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(PACE);
                    }
                }
            })
        };
        let threads = servers.iter().enumerate().map(drive_at).collect();
        Self { stopped, counts, threads }
    }

    /// Ends it, and gives what was counted.
    pub(super) fn end(mut self) -> Arc<Counts> {
        self.stop();
        Arc::clone(&self.counts)
    }

    fn stop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One connection: an update of a client that moves, then a search for one that does not.
fn drive(server: SocketAddr, turn: &mut usize, flag: &AtomicBool, counts: &Counts, all: &[Told]) -> io::Result<()> {
    let mut client = Client::connect(server, PATIENCE)?;
    while !flag.load(Ordering::Relaxed) {
        *turn += 7;
        let latitude = u32::try_from(*turn % 80_000_000).unwrap_or_default();
        client.ask(&iamat(&format!("moving-{}-{}", server.port(), *turn % 50), latitude))?;
        let (name, line) = &all[*turn % all.len()];
        counts.asked.fetch_add(1, Ordering::Relaxed);
        match judge(&client.find(name, "0", 0)?, line) {
            Judged::Right => {}
            Judged::Unknown => drop(counts.unknown.fetch_add(1, Ordering::Relaxed)),
            Judged::Wrong => drop(counts.wrong.fetch_add(1, Ordering::Relaxed)),
        }
        thread::sleep(PACE);
    }
    Ok(())
}
