use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::super::context::any_port;

/// For the server behind it to take a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Stands before the peer port of a server and counts the records that its neighbours send to it, in any language.
pub(super) struct Tap {
    /// Where neighbours connect.
    pub(super) address: SocketAddr,
    records: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Tap {
    /// Passes on to this address, whether or not anybody listens there yet.
    pub(super) fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(any_port())?;
        let address = listener.local_addr()?;
        let (records, stopped) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (counted, flag) = (Arc::clone(&records), Arc::clone(&stopped));
        let thread = thread::spawn(move || {
            let mut links = Vec::new();
            for neighbour in listener.incoming() {
                if flag.load(Ordering::Relaxed) {
                    break;
                }
                // A neighbour whose link is not passed on dials again.
                if let Ok(link) = neighbour.and_then(|neighbour| pass_on(&neighbour, server, &counted)) {
                    links.extend(link);
                }
            }
            for link in links {
                let _panicked = link.join();
            }
        });
        Ok(Self { address, records, stopped, thread: Some(thread) })
    }

    /// Records so far.
    pub(super) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }
}

impl Drop for Tap {
    /// To be dropped after the servers: the links end with them.
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let is_woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take_if(|_| is_woken) {
            let _panicked = thread.join();
        }
    }
}

/// Both directions of a link, each on a thread that ends with it.
fn pass_on(neighbour: &TcpStream, server: SocketAddr, records: &Arc<AtomicU64>) -> io::Result<[JoinHandle<()>; 2]> {
    let server = TcpStream::connect_timeout(&server, PATIENCE)?;
    let (to, from) = (server.try_clone()?, neighbour.try_clone()?);
    let (back_from, back_to) = (server, neighbour.try_clone()?);
    for stream in [&to, &from] {
        stream.set_nodelay(true)?;
    }
    let counted = Arc::clone(records);
    Ok([
        thread::spawn(move || pump(&from, &to, &counted)),
        thread::spawn(move || pump(&back_from, &back_to, &AtomicU64::new(0))),
    ])
}

/// Passes on what comes and counts records, until one side ends; then the other learns it.
fn pump(from: &TcpStream, mut to: &TcpStream, records: &AtomicU64) {
    let mut reader = BufReader::with_capacity(1 << 16, from);
    let mut is_line_start = true;
    while let Ok(chunk) = reader.fill_buf() {
        if chunk.is_empty() || to.write_all(chunk).is_err() {
            break;
        }
        records.fetch_add(records_in(chunk, &mut is_line_start), Ordering::Relaxed);
        let length = chunk.len();
        reader.consume(length);
    }
    for stream in [from, to] {
        // Whoever is gone needs no telling.
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// Lines that begin with the A of `AT`: no other line of a link does but ACK, which goes the other way.
fn records_in(chunk: &[u8], is_line_start: &mut bool) -> u64 {
    let mut records = 0;
    for byte in chunk {
        records += u64::from(*is_line_start && *byte == b'A');
        *is_line_start = *byte == b'\n';
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_however_they_are_cut() {
        let text = b"HELLO A B herd/1\nAT A +0.0 k +1-1 1\nAT A\nSYNC 1\n";
        for size in 1..text.len() {
            let mut is_line_start = true;
            let count: u64 = text.chunks(size).map(|chunk| records_in(chunk, &mut is_line_start)).sum();
            assert_eq!(count, 2, "{size}");
        }
    }
}
