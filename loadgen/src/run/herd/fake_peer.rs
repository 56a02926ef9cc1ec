use std::{
    collections::BTreeMap,
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use memchr::memchr_iter;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
};

use crate::{
    run::{
        FakePeer,
        measure::{Clock, SentUpdate, nanos},
    },
    serving::listen,
};

/// How often a wait here looks whether it shall go on. What comes ends it at once.
const LOOK: Duration = Duration::from_millis(20);
/// For a neighbour to dial the fake peer: its back-off after the first dials that found nobody is seconds at most.
const LINKED: Duration = Duration::from_secs(20);
/// A peer line has at most 1,024 bytes (PROTOCOL 5.2).
const MAX_LINE: usize = 1_024;
/// Records that are noted: minutes of the fastest herd. They take 24 bytes each.
const MAX_ARRIVALS: usize = 1 << 23;

/// An update that came over the link: whose, when told, and when it came.
type Arrival = ((u32, u64), u64);

/// The fake peer while it listens: the acceptor's side of PROTOCOL section 5, for one neighbour at a time. It passes nothing on.
#[derive(Debug)]
pub(crate) struct FakePeerServer<'a> {
    name: &'a str,
    prefix: &'a [u8],
    listener: TcpListener,
    clock: Clock,
    arrivals: Mutex<Vec<Arrival>>,
    is_linked: AtomicBool,
    is_over: AtomicBool,
}

impl<'a> FakePeerServer<'a> {
    /// Listens for the neighbour. `prefix` is what the IDs of our clients begin with.
    pub(crate) fn listen(fake_peer: &'a FakePeer, prefix: &'a str, clock: Clock) -> anyhow::Result<Self> {
        let listener = listen(fake_peer.listen)?;
        listener.set_nonblocking(true)?;
        let (name, prefix) = (fake_peer.name.as_str(), prefix.as_bytes());
        let (is_linked, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { name, prefix, listener, clock, arrivals: Mutex::default(), is_linked, is_over })
    }

    /// Serves the neighbour until it is stopped; one that is lost may dial again.
    pub(crate) fn serve(&self) {
        while !self.is_over.load(Ordering::Relaxed) {
            let is_ready = is_readable(&self.listener);
            if let (Ok(true), Ok((stream, _))) = (is_ready, self.listener.accept()) {
                // A neighbour that breaks the protocol, or its link, is dropped; what was told and is missing shows it.
                let _why = self.answer(&stream);
                self.is_linked.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Waits until a neighbour has a link here.
    pub(crate) fn await_link(&self, interrupt: &AtomicBool) -> anyhow::Result<()> {
        let deadline_ns = self.clock.now_ns() + nanos(LINKED);
        while !self.is_linked.load(Ordering::Relaxed) {
            if interrupt.load(Ordering::Relaxed) {
                bail!("interrupted before the load began");
            }
            if self.clock.now_ns() > deadline_ns {
                bail!("no neighbour of {} dialled its fake_peer within {LINKED:?}", self.name);
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until everything told has come, or this long; gives the latencies of what came from the intended start on,
    /// and the ages of what did not, in nanoseconds.
    pub(crate) fn seen(&self, told: &[SentUpdate], patience: Duration) -> (Vec<u64>, Vec<u64>) {
        let deadline_ns = self.clock.now_ns() + nanos(patience);
        loop {
            let now_ns = self.clock.now_ns();
            let (seen, missing) = matched(told, &self.arrivals.lock().unwrap_or_else(PoisonError::into_inner), now_ns);
            if missing.is_empty() || now_ns > deadline_ns {
                return (seen, missing);
            }
            thread::sleep(LOOK);
        }
    }

    /// Ends [`Self::serve`].
    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Answers one link until it ends.
    fn answer(&self, stream: &TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let (mut inbox, mut chunk) = (Vec::new(), [0; 16 << 10]);
        while !self.is_over.load(Ordering::Relaxed) {
            if !is_readable(stream)? {
                continue;
            }
            let count = match (&*stream).read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => continue,
                Err(error) => return Err(error.into()),
            };
            let now_ns = self.clock.now_ns();
            inbox.extend_from_slice(&chunk[..count]);
            let mut used = 0;
            for end in memchr_iter(b'\n', &inbox) {
                self.take_line(&inbox[used..end], stream, now_ns)?;
                used = end + 1;
            }
            inbox.drain(..used);
            if inbox.len() > MAX_LINE {
                bail!("a line without an end");
            }
        }
        Ok(())
    }

    fn take_line(&self, line: &[u8], mut stream: &TcpStream, now_ns: u64) -> anyhow::Result<()> {
        if line.starts_with(b"AT ") {
            if let Some(key) = key(line, self.prefix) {
                let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                if arrivals.len() >= MAX_ARRIVALS {
                    bail!("more records than any load tells");
                }
                arrivals.push((key, now_ns));
            }
            return Ok(());
        }
        // A few bytes after a batch that was read: there is room for them, or the link is broken.
        let line = std::str::from_utf8(line).context("a line that is none of the protocol's")?;
        let reply = match line.split(' ').collect::<Vec<_>>()[..] {
            ["SYNC", number] if self.is_linked.load(Ordering::Relaxed) => format!("ACK {number}\n"),
            ["HELLO", dialer, acceptor, "herd/1"] if acceptor == self.name => {
                self.is_linked.store(true, Ordering::Relaxed);
                format!("HELLO {acceptor} {dialer} herd/1\n")
            }
            _ => bail!("a line that is none of the protocol's: {line}"),
        };
        Ok(stream.write_all(reply.as_bytes())?)
    }
}

/// Latencies of what has come, and ages of what has not. An update is there once the client's record is as new as it: a
/// newer one replaces it.
fn matched(told: &[SentUpdate], arrivals: &[Arrival], now_ns: u64) -> (Vec<u64>, Vec<u64>) {
    let mut first: BTreeMap<(u32, u64), u64> = BTreeMap::new();
    for (key, at_ns) in arrivals {
        first.entry(*key).or_insert(*at_ns);
    }
    let (mut seen, mut missing) = (Vec::new(), Vec::new());
    for told in told {
        let as_new = first.range((told.client, told.stamp_ns)..=(told.client, u64::MAX));
        match as_new.map(|(_, at_ns)| *at_ns).min() {
            Some(at_ns) => seen.push(at_ns.saturating_sub(told.intended_ns)),
            None => missing.push(now_ns.saturating_sub(told.intended_ns)),
        }
    }
    (seen, missing)
}

/// Client number and time of an AT line, where the client is one of ours.
fn key(line: &[u8], prefix: &[u8]) -> Option<(u32, u64)> {
    let mut fields = line.split(|byte| *byte == b' ').skip(3);
    let client = fields.next()?.strip_prefix(prefix)?;
    let (seconds, decimals) = std::str::from_utf8(fields.nth(1)?).ok()?.split_once('.')?;
    // All our times have nine decimals.
    let nanoseconds: u64 = if decimals.len() == 9 { decimals.parse().ok()? } else { return None };
    let stamp_ns = seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
    Some((std::str::from_utf8(client).ok()?.parse().ok()?, stamp_ns))
}

fn is_readable(socket: &impl std::os::fd::AsFd) -> io::Result<bool> {
    let timeout = Timespec::try_from(LOOK).map_err(io::Error::other)?;
    Ok(retry_on_intr(|| poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&timeout)))? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_at_line_is_its_client_and_time() {
        let line = b"AT Goloman +0.263873386 load-17 +34.068930-118.445127 1520023934.918963997";
        assert_eq!(key(line, b"load-"), Some((17, 1_520_023_934_918_963_997)));
        assert_eq!(key(line, b"other-"), None);
        assert_eq!(key(b"AT Goloman +0.2 load-1 +34-118 5.1", b"load-"), None);
    }

    #[test]
    fn an_update_is_seen_once_a_record_as_new_has_come() {
        let told = |client, stamp_ns, intended_ns| SentUpdate { client, stamp_ns, intended_ns };
        let all = [told(1, 10, 100), told(1, 20, 200), told(2, 10, 300), told(3, 5, 400)];
        // The record of the first one was overtaken; that of client 2 came twice.
        let arrivals = [((1, 20), 250), ((2, 10), 330), ((2, 10), 900)];
        assert_eq!(matched(&all, &arrivals, 1_000), (vec![150, 50, 30], vec![600]));
    }
}
